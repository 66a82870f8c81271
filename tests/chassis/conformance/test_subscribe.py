import pytest

from tests.chassis.conformance.conftest import Connect
from tests.chassis.conformance.driver import Driver
from tests.chassis.conformance.support import begun, failed, new, notifications
from tests.harness import Service


async def test_a_subscriber_hears_where_it_starts_and_then_all_that_comes(caller: Driver) -> None:
    async with caller.subscribed() as items:
        assert (await begun(items)).event == "heartbeat"
        (identity,) = await caller.register([new(action_data={"text": "Zoë 😀"})])
        (item,) = await notifications(items, 1)

    assert item.data == await caller.get(identity)


async def test_a_filter_lets_nothing_else_through(caller: Driver) -> None:
    async with (
        caller.subscribed(receiver="ada") as adas,
        caller.subscribed(action_type="b") as of_type,
        caller.subscribed(receiver="ada", action_type="b") as both,
    ):
        for items in (adas, of_type, both):
            await begun(items)
        ids = await caller.register([new("ada", "a"), new("bob", "b"), new("ada", "b")])
        found = {
            name: [item.data and item.data["id"] for item in await notifications(items, count)]
            for name, items, count in (("ada", adas, 2), ("b", of_type, 2), ("both", both, 1))
        }

    assert found == {"ada": [ids[0], ids[2]], "b": ids[1:], "both": [ids[2]]}


async def test_whoever_comes_back_goes_on_where_it_was(connect: Connect) -> None:
    async with connect() as caller:
        async with caller.subscribed() as items:
            await begun(items)
            await caller.register([new(action_type="first")])
            (first,) = await notifications(items, 1)
        missed = await caller.register([new(action_type="missed"), new(action_type="too")])
    async with connect() as caller, caller.subscribed(cursor=first.cursor) as items:
        found = await notifications(items, 2)

    assert [item.data and item.data["id"] for item in found] == missed


async def test_a_cursor_that_cannot_be_resumed_gets_a_reset(
    caller: Driver, subtests: pytest.Subtests
) -> None:
    for cursor in ("nonsense", "0.0", "x" * 500):
        with subtests.test(cursor):
            async with caller.subscribed(cursor=cursor) as items:
                item = await begun(items)
                assert item.event == "reset"
            async with caller.subscribed(cursor=item.cursor) as items:
                assert (await begun(items)).event == "heartbeat"


async def test_an_open_stream_is_reset_where_the_database_went_back(
    running: Service, caller: Driver
) -> None:
    async with caller.subscribed() as items:
        before = await begun(items)
        async with running.system.core.work().begin() as work:
            await work.journal.draw_epoch(await work.journal.epoch())
        reset = await begun(items)
        assert reset.event == "reset"
        (identity,) = await caller.register([new()])
        (item,) = await notifications(items, 1)
        assert item.data == await caller.get(identity)
    async with caller.subscribed(cursor=before.cursor) as items:
        assert (await begun(items)).event == "reset"
    async with caller.subscribed(cursor=reset.cursor) as items:
        assert await notifications(items, 1) == [item]


@pytest.mark.parametrize("own", ({"STREAM_HEARTBEAT": "0.2"},))
async def test_whoever_gets_nothing_hears_a_heartbeat(caller: Driver) -> None:
    async with caller.subscribed(receiver="nobody") as items:
        for _ in range(3):
            assert (await begun(items)).event == "heartbeat"


@pytest.mark.parametrize("own", ({"MAX_STREAMS": "1"},))
async def test_one_too_many_is_told_to_come_back(caller: Driver) -> None:
    async with caller.subscribed() as items:
        await begun(items)

        async def subscribe() -> None:
            async with caller.subscribed() as more:
                await begun(more)

        error = await failed(subscribe())
    assert error.kind == "busy"
    assert error.retry_after is not None
    assert error.retry_after > 0
