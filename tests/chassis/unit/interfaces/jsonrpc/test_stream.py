"""Both kinds of methods that follow events: an aggregate's own, and those for any types."""

import json
import re
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from app.application.notification.mapping import REGISTERED
from chassis.application.streaming.messages import Subscribe
from chassis.interfaces.jsonrpc.openrpc import Info, document
from chassis.interfaces.jsonrpc.stream import event_methods, stream_methods
from tests.chassis.unit.events import BOTH, ORDER
from tests.unit.jsonrpc.talk import Items, Talk


class Recording:
    """Takes what is asked for, and gives streams."""

    def __init__(self) -> None:
        self.asked: list[Subscribe] = []
        self.streams: list[Items] = []
        self.talk = Talk({Subscribe: self._subscribe}, more=event_methods(BOTH))

    async def _subscribe(self, message: Subscribe) -> Items:
        self.asked.append(message)
        self.streams.append(Items())
        return self.streams[-1]

    def ask(self, method: str, **params: Any) -> Subscribe:
        """Return the message that the call became."""
        self.talk.call(method, **params)
        [answer] = self.talk.told()
        assert answer["result"] == {"subscription": str(len(self.asked))}
        return self.asked[-1]


@pytest.mark.parametrize(
    ("params", "expected"),
    (
        ({}, Subscribe(types=(REGISTERED,))),
        ({"receiver": "ada"}, Subscribe(types=(REGISTERED,), subject="ada")),
        # An empty filter is still a filter: it streams no other receiver's events.
        ({"receiver": ""}, Subscribe(types=(REGISTERED,), subject="")),
        (
            {"receiver": "ada", "action_type": "left", "cursor": "e.7"},
            Subscribe(types=(REGISTERED,), subject="ada", tag="left", cursor="e.7"),
        ),
        ({"cursor": ""}, Subscribe(types=(REGISTERED,))),
    ),
)
async def test_an_aggregate_is_followed_in_its_own_words(
    params: dict[str, Any], expected: Subscribe
) -> None:
    assert Recording().ask("notifications.subscribe", **params) == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    (
        ({}, Subscribe()),
        ({"type": [ORDER, REGISTERED]}, Subscribe(types=(ORDER, REGISTERED))),
        (
            {"type": [ORDER], "subject": "ada", "cursor": "e.7"},
            Subscribe(types=(ORDER,), subject="ada", cursor="e.7"),
        ),
        ({"cursor": ""}, Subscribe()),
    ),
)
async def test_events_are_followed_by_type_and_subject(
    params: dict[str, Any], expected: Subscribe
) -> None:
    assert Recording().ask("events.subscribe", **params) == expected


@pytest.mark.parametrize(
    ("method", "params"),
    (
        ("events.subscribe", {"receiver": "ada"}),
        ("events.subscribe", {"type": ORDER}),
        ("notifications.subscribe", {"type": [ORDER]}),
        ("notifications.subscribe", {"subject": "ada"}),
    ),
)
async def test_a_filter_that_a_method_does_not_have_is_refused(
    method: str, params: dict[str, Any]
) -> None:
    recording = Recording()
    recording.talk.call(method, **params)

    assert recording.talk.error()["code"] == -32602
    assert recording.asked == []


async def test_each_kind_has_its_own_event_and_they_share_the_subscriptions() -> None:
    recording = Recording()
    recording.ask("notifications.subscribe")
    recording.ask("events.subscribe", type=[ORDER])
    recording.streams[0].put("c1", data=Raw(b'{"id":"x"}'))
    recording.streams[1].put("c2", "order", data=Raw(b'{ "number": 1.50 }'))
    await recording.talk.settled()
    sent = recording.talk.channel.sent

    told = [json.loads(each) for each in sent]
    assert [each["method"] for each in told] == ["notifications.event", "events.event"]
    assert [each["params"]["subscription"] for each in told] == ["1", "2"]
    # As it was announced.
    assert b'"data":{ "number": 1.50 }}' in sent[1]
    recording.talk.told()

    recording.talk.call("events.unsubscribe", subscription="1")
    assert recording.talk.told()[0]["result"] == {"subscription": "1"}
    assert recording.streams[0].closed == "left"
    recording.talk.session.lose()


def test_the_document_has_each_method_and_each_event_once() -> None:
    methods = [*stream_methods("orders", BOTH, dict[str, Any]), *event_methods(BOTH)]

    told = json.loads(msgspec.json.encode(document(Info("A service", "1"), methods)))

    assert [method["name"] for method in told["methods"]] == [
        "events.subscribe",
        "events.unsubscribe",
        "orders.subscribe",
        "orders.unsubscribe",
    ]
    params = {
        method["name"]: [each["name"] for each in method["params"]] for method in told["methods"]
    }
    assert set(params["events.subscribe"]) == {"_meta", "type", "subject", "cursor"}
    words = {"_meta", "action_type", "receiver", "subject", "cursor"}
    assert set(params["orders.subscribe"]) == words
    assert [each["name"] for each in told["x-events"]] == ["events.event", "orders.event"]
    for event in told["x-events"]:
        [names] = [each["schema"]["enum"] for each in event["params"] if each["name"] == "event"]
        assert set(names) == {"notification", "order", "heartbeat", "reset", "closed"}
        assert len(names) == len(set(names))
    # Descriptions of parameters are in their place, and nowhere else.
    components = told["components"]
    assert not [name for name in components["schemas"] if "Params" in name]
    references = re.findall(r"'#/components/(\w+)/([^']+)'", str(told))
    assert all(name in components[kind] for kind, name in references)
