"""Every byte sequence: an answer that is JSON-RPC, and a session that lives."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.application.notification.messages import GetNotification
from chassis.interfaces.jsonrpc.request import MAX_BATCH
from chassis.interfaces.jsonrpc.subscriptions import MAX_SUBSCRIPTIONS
from tests.unit.jsonrpc.talk import ONE, Gate, Talk, get

METHODS = (
    "notifications.register",
    "notifications.list",
    "notifications.get",
    "notifications.mark_seen",
    "notifications.report",
    "notifications.subscribe",
    "notifications.unsubscribe",
    "session.authenticate",
    "rpc.discover",
    "nowhere",
)
_texts = st.text(st.characters(codec="utf-8"), max_size=8)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
_params = st.dictionaries(
    st.sampled_from(("notifications", "id", "receiver", "token", "page", "_meta", "x")),
    _values | st.just([ONE]),
    max_size=3,
)
_requests = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0") | _values, "method": st.sampled_from(METHODS) | _values},
    optional={"id": _values, "params": _params | _values},
)


async def answers(message: bytes) -> list[Any]:
    """Return the answers, flat, after which the session has answered a good request as well."""
    talk = Talk()
    talk.send(message)
    await talk.settled()
    told = talk.told()
    talk.call("notifications.register", "last", notifications=[ONE])
    assert talk.told()[0]["result"]["ids"]
    talk.session.lose()
    return flat(told)


def flat(told: list[Any]) -> list[Any]:
    """Return what was told, each batch as its answers."""
    return [each for one in told for each in (one if isinstance(one, list) else [one])]


def check(answers: list[Any]) -> None:
    for answer in answers:
        assert answer["jsonrpc"] == "2.0"
        assert answer.keys() in ({"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"})
        if "error" in answer:
            error = answer["error"]
            assert isinstance(error["code"], int)
            assert error["code"] != -32603, error
            assert error["message"]
            assert error["data"]["request_id"]


@given(st.binary(max_size=200))
async def test_bytes(message: bytes) -> None:
    check(await answers(message))


@given(_requests | st.lists(_requests, max_size=4))
async def test_what_looks_like_requests(message: Any) -> None:
    check(await answers(json.dumps(message).encode()))


@given(_requests, st.data())
async def test_what_is_damaged(message: Any, data: st.DataObject) -> None:
    whole = bytearray(json.dumps(message).encode())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))
    check(await answers(bytes(whole)))


_waiting = st.just(get()) | st.just([get()] * 3)
_subscribing = st.just({"jsonrpc": "2.0", "id": 2, "method": "notifications.subscribe"})


@given(st.lists(_requests | _waiting | _subscribing, max_size=12), st.integers(1, 3))
async def test_what_a_session_keeps_is_bounded_and_ends_with_it(
    messages: list[Any], in_flight: int
) -> None:
    gate = Gate()
    talk = Talk({GetNotification: gate}, in_flight=in_flight)
    for message in messages:
        talk.send(message)
        assert talk.session.in_flight < in_flight + MAX_BATCH
        assert len(talk.streams) <= MAX_SUBSCRIPTIONS
        await talk.settled()
    gate.open.set()
    await talk.settled()
    talk.session.drain()
    await talk.settled()

    assert talk.channel.is_closed
    assert talk.session.is_idle
    assert all(stream.closed for stream in talk.streams)
    check([each for each in flat(talk.told()) if "id" in each])
