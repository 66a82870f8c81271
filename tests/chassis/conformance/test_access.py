"""Access control: the same on every transport, because it is decided behind all of them."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any

import pytest

from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from tests.chassis.conformance.conftest import Connect
from tests.chassis.conformance.driver import Driver, Failed
from tests.chassis.conformance.support import begun, failed, listed, new, notifications
from tests.chassis.conformance.tokens import ACCESS, UNKNOWN, token
from tests.harness import Service

NOBODYS = str(new_id(system_clock()))

pytestmark = pytest.mark.parametrize("own", (ACCESS,), indirect=True)

type Ask = Callable[[Driver], Awaitable[object]]


async def subscribe(caller: Driver, **query: Any) -> None:
    async with caller.subscribed(**query) as items:
        await begun(items)


ASKS: dict[str, Ask] = {
    "register": lambda caller: caller.register([new("mallory")]),
    "list": lambda caller: caller.list(),
    "get": lambda caller: caller.get(NOBODYS),
    "seen": lambda caller: caller.mark_seen(NOBODYS, True),
    "report": lambda caller: caller.report(),
    "subscribe": subscribe,
}
# None of them is for ada.
OTHERS: tuple[list[str], ...] = (
    ["bob"],
    ["ad"],
    ["ada*bob"],
    ["team-*", "bob"],
    ["ad?", "[a]da"],
    ["ADA"],
    [],
)


@pytest.mark.attack("token")
async def test_whoever_cannot_be_believed_gets_nothing(
    connect: Connect, running: Service, caplog: pytest.LogCaptureFixture
) -> None:
    async def asked(ask: Ask, bearer: str | None) -> None:
        async with connect(bearer) as caller:
            await ask(caller)

    found = {}
    for what, bearer in UNKNOWN.items():
        for name, ask in ASKS.items():
            caplog.clear()
            error = await failed(asked(ask, bearer()))
            found[what, name] = (error.kind, "token refused" in told(caplog))

    assert found == dict.fromkeys(product(UNKNOWN, ASKS), ("unauthorized", True))
    assert await running.stored() == []


@pytest.mark.attack("token")
async def test_a_scope_is_needed(
    connect: Connect, running: Service, caplog: pytest.LogCaptureFixture
) -> None:
    found = {}
    for name, ask in ASKS.items():
        caplog.clear()
        # Everything but what it needs.
        other = "notifications:read" if name == "register" else "notifications:write"
        async with connect(token(scope=f"{other} notifications:other")) as caller:
            error = await failed(ask(caller))
        found[name] = (error.kind, "forbidden" in told(caplog))

    assert found == dict.fromkeys(ASKS, ("forbidden", True))
    assert await running.stored() == []


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the log says."""
    return [record.message for record in caplog.records]


@pytest.mark.attack("subject that looks like a pattern")
async def test_nobody_reads_what_is_for_another(
    connect: Connect, running: Service, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(token()) as writer:
        (identity,) = await writer.register([new("ada")])
        await listed(writer, 1)
    for receivers in OTHERS:
        async with connect(token(receivers=receivers)) as caller:
            # That it is there is not told, either.
            for asking in (caller.get(identity), caller.mark_seen(identity, True)):
                caplog.clear()
                error, unknown = await failed(asking), await failed(caller.get(NOBODYS))
                assert error.kind == unknown.kind == "not-found", receivers
                assert error.text.replace(identity, "") == unknown.text.replace(NOBODYS, "")
                assert told(caplog).count("forbidden") == 1, receivers
            for ask in (caller.list, caller.report, partial(subscribe, caller)):
                caplog.clear()
                assert (await failed(ask(receiver="ada"))).kind == "forbidden", receivers
                assert told(caplog).count("forbidden") == 1, receivers
    assert [each.is_seen for each in await running.stored()] == [False]


async def test_whoever_may_read_one_gets_that_ones_only(connect: Connect) -> None:
    async with connect(token()) as writer, connect(token(receivers=["ada"])) as ada:
        async with ada.subscribed() as items:
            await begun(items)
            ids = await writer.register([new("bob"), new("ada"), new("adam")])
            (item,) = await notifications(items, 1)
        await listed(writer, 3)
        page = await ada.list()
        counted = (await ada.report(by="receiver", bucket="1d"))["items"]
        seen = await ada.mark_seen(ids[1], True)

    assert item.data is not None
    assert item.data["id"] == ids[1]
    assert [each["id"] for each in page["items"]] == [ids[1]]
    assert page["total"] == 1
    assert [each["key"] for each in counted] == ["ada"]
    assert seen["is_seen"] is True


async def test_whoever_may_read_several_names_one(connect: Connect) -> None:
    async with connect(token(receivers=["team-*", "ada"])) as caller:
        await caller.register([new("team-7")])
        assert len(await named(caller, "team-7")) == 1
        for asking in (caller.list(), caller.report(), subscribe(caller)):
            error = await failed(asking)
            assert error.kind == "forbidden"
            assert "name one" in error.text


async def named(caller: Driver, receiver: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await caller.list(receiver=receiver))["items"]
    return found


async def test_an_administrator_may_do_all(connect: Connect) -> None:
    async with connect(token(scope="notifications:admin", receivers=[])) as caller:
        (identity,) = await caller.register([new()])
        await listed(caller, 1)
        assert (await caller.get(identity))["id"] == identity


@pytest.mark.attack("token expires in the middle")
async def test_a_stream_ends_with_the_token_and_says_so(connect: Connect) -> None:
    async with connect(token(exp=int(time.time()) + 2)) as caller, caller.subscribed() as items:
        await begun(items)
        ends = []
        # Some transports say it once more, as the answer to the whole call.
        with suppress(Failed):
            async for item in items:
                ends.append(item)
    assert (ends[-1].event, ends[-1].reason) == ("closed", "expired")


@pytest.mark.attack("idempotency key of another caller")
async def test_keys_of_two_callers_are_two(connect: Connect) -> None:
    found = []
    for name in ("ada", "bob"):
        async with connect(token(sub=name)) as caller:
            found += [await caller.register([new()], key="once") for _ in range(2)]

    assert found[0] == found[1] != found[2] == found[3]
