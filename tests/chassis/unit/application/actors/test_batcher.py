import asyncio
from collections.abc import Sequence

import pytest

from chassis.application.actors import batcher as module
from chassis.application.actors.batcher import RETRY_AFTER, Batcher
from chassis.application.errors import Busy, Unavailable
from tests.chassis.unit.application.actors.clerk import Clerk, ask, running
from tests.unit.support import RecordingMetrics


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def batcher(clerk: Clerk, metrics: RecordingMetrics) -> Batcher[str, str]:
    return Batcher("clerk", clerk.handle, metrics)


async def test_a_lone_request_is_a_batch_of_its_own(
    batcher: Batcher[str, str], clerk: Clerk
) -> None:
    async with running(batcher):
        assert await batcher.ask("a") == "A"

    assert clerk.batches == [["a"]]


async def test_what_comes_while_a_batch_is_handled_is_the_next_one(
    batcher: Batcher[str, str], clerk: Clerk, metrics: RecordingMetrics
) -> None:
    clerk.open.clear()
    async with running(batcher):
        asking = asyncio.create_task(ask(batcher, "a"))
        while not clerk.batches:
            await asyncio.sleep(0)
        more = asyncio.create_task(ask(batcher, "b", "c", "d"))
        await asyncio.sleep(0)
        clerk.open.set()
        assert (await asking, await more) == (["A"], ["B", "C", "D"])

    assert clerk.batches == [["a"], ["b", "c", "d"]]
    assert metrics.observed["actor_batch_size:clerk"] == [1, 3]


async def test_a_batch_has_an_end(
    batcher: Batcher[str, str], clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    async with running(batcher):
        assert await ask(batcher, "a", "b", "c") == ["A", "B", "C"]

    assert clerk.batches == [["a", "b"], ["c"]]


async def test_a_batch_has_a_weight(
    batcher: Batcher[str, str], clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_BYTES", 5)
    async with running(batcher):
        assert await asyncio.gather(*(batcher.ask(each, 3) for each in "ab")) == ["A", "B"]

    assert clerk.batches == [["a"], ["b"]]


async def test_a_step_tells_whether_anybody_waited(batcher: Batcher[str, str]) -> None:
    asking = asyncio.create_task(batcher.ask("a"))
    await asyncio.sleep(0)

    assert [await batcher.step() for _ in range(2)] == [True, False]

    assert await asking == "A"


async def test_an_error_is_the_answer_to_one_alone(batcher: Batcher[str, str]) -> None:
    async with running(batcher):
        first, refused, last = await ask(batcher, "a", "refused", "b")

    assert (first, last) == ("A", "B")
    assert isinstance(refused, KeyError)


async def test_a_batch_that_fails_is_split_until_the_culprit_stands_alone(
    batcher: Batcher[str, str], clerk: Clerk
) -> None:
    requests = [f"r{number}" for number in range(100)]
    clerk.failing["r37"] = ValueError("37")

    async with running(batcher):
        answers = await ask(batcher, *requests)

    assert [str(each) for each in answers if isinstance(each, ValueError)] == ["37"]
    assert [each for each in answers if isinstance(each, str)] == [
        each.upper() for each in requests if each != "r37"
    ]
    # Halves of halves, not each for itself.
    assert [len(batch) for batch in clerk.batches[:4]] == [100, 50, 25, 25]
    assert len(clerk.batches) <= 15


async def test_a_handler_that_forgets_an_answer_has_failed(metrics: RecordingMetrics) -> None:
    async def forget(_: Sequence[str]) -> list[str]:
        return ["A"]

    batcher: Batcher[str, str] = Batcher("clerk", forget, metrics)
    asking = asyncio.create_task(ask(batcher, "a", "b"))
    for _ in range(3):
        await asyncio.sleep(0)

    with pytest.raises(ValueError, match="shorter"):
        await batcher.step()

    answer, left = await asking
    assert answer == "A"
    assert isinstance(left, Unavailable)


async def test_an_outage_is_everybodys(batcher: Batcher[str, str], clerk: Clerk) -> None:
    clerk.failing["b"] = Unavailable("away")

    async with running(batcher):
        answers = await ask(batcher, "a", "b", "c")
        assert [str(each) for each in answers] == ["away"] * 3
        del clerk.failing["b"]
        assert await batcher.ask("b") == "B"

    assert len(clerk.batches) == 2


async def test_a_caller_that_left_before_its_turn_asks_for_nothing(
    batcher: Batcher[str, str], clerk: Clerk
) -> None:
    clerk.open.clear()
    async with running(batcher):
        first = asyncio.create_task(batcher.ask("a"))
        while not clerk.batches:
            await asyncio.sleep(0)
        gone, stays = (asyncio.create_task(batcher.ask(each)) for each in "bc")
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        clerk.open.set()
        assert await stays == "C"
        await first

    assert clerk.batches == [["a"], ["c"]]


async def test_a_caller_that_leaves_meanwhile_is_not_waited_for(
    batcher: Batcher[str, str], clerk: Clerk
) -> None:
    clerk.open.clear()
    async with running(batcher):
        gone, stays = (asyncio.create_task(batcher.ask(each)) for each in "ab")
        while not clerk.batches:
            await asyncio.sleep(0)
        gone.cancel()
        clerk.open.set()
        assert await stays == "B"

    assert clerk.batches == [["a", "b"]]


async def test_too_much_is_refused_at_once(
    clerk: Clerk, metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAITING", 2)
    batcher = Batcher("clerk", clerk.handle, metrics)

    asking = [asyncio.create_task(batcher.ask(each)) for each in "ab"]
    await asyncio.sleep(0)

    with pytest.raises(Busy):
        await batcher.ask("c")
    async with running(batcher):
        assert await asyncio.gather(*asking) == ["A", "B"]


async def test_what_is_said_to_weigh_nothing_finds_room(
    clerk: Clerk, metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAITING_BYTES", 0)
    batcher = Batcher("clerk", clerk.handle, metrics)

    async with running(batcher):
        assert await ask(batcher, "a", "b") == ["A", "B"]


async def test_whoever_waits_at_the_stop_is_answered_and_nobody_after_it(
    batcher: Batcher[str, str], clerk: Clerk
) -> None:
    clerk.open.clear()
    async with running(batcher) as stopping:
        first = asyncio.create_task(batcher.ask("a"))
        while not clerk.batches:
            await asyncio.sleep(0)
        second = asyncio.create_task(batcher.ask("b"))
        await asyncio.sleep(0)
        stopping.set()
        clerk.open.set()
        assert (await first, await second) == ("A", "B")

    with pytest.raises(Busy, match="the clerk has been stopped") as caught:
        await batcher.ask("c")
    assert caught.value.retry_after == RETRY_AFTER


async def test_a_stop_that_is_not_waited_for_leaves_nobody_hanging(
    batcher: Batcher[str, str], clerk: Clerk
) -> None:
    clerk.open.clear()
    working = asyncio.create_task(batcher.run(asyncio.Event()))
    handled = asyncio.create_task(batcher.ask("a"))
    while not clerk.batches:
        await asyncio.sleep(0)
    waiting = asyncio.create_task(batcher.ask("b"))
    await asyncio.sleep(0)

    working.cancel()

    async with asyncio.timeout(1):
        answers = await asyncio.gather(handled, waiting, return_exceptions=True)
    left, refused = answers
    assert isinstance(left, Unavailable)
    assert str(left) == left.told == "the clerk was stopped: try again"
    assert isinstance(refused, Busy)
    assert (str(refused), refused.retry_after) == ("the clerk has ended", RETRY_AFTER)


@pytest.fixture
def two_workers(batcher: Batcher[str, str]) -> Batcher[str, str]:
    batcher.workers = 2
    return batcher


async def test_with_workers_what_comes_meanwhile_is_handled_with_it(
    two_workers: Batcher[str, str], clerk: Clerk
) -> None:
    clerk.open.clear()
    async with running(two_workers):
        asking = []
        for requests in ("a", "bc", "de", "f"):
            asking.append(asyncio.create_task(ask(two_workers, *requests)))
            for _ in range(5):
                await asyncio.sleep(0)
        assert clerk.batches == [["a"], ["b", "c"]]
        clerk.open.set()
        answers = await asyncio.gather(*asking)

    assert answers == [["A"], ["B", "C"], ["D", "E"], ["F"]]
    assert clerk.batches == [["a"], ["b", "c"], ["d", "e", "f"]]


async def test_with_workers_whoever_waits_at_the_stop_is_answered_and_nobody_after_it(
    two_workers: Batcher[str, str], clerk: Clerk
) -> None:
    clerk.open.clear()
    async with running(two_workers) as stopping:
        asking = []
        for request in "abc":
            asking.append(asyncio.create_task(two_workers.ask(request)))
            for _ in range(5):
                await asyncio.sleep(0)
        stopping.set()
        clerk.open.set()
        assert await asyncio.gather(*asking) == ["A", "B", "C"]

    assert clerk.batches == [["a"], ["b"], ["c"]]
    with pytest.raises(Busy, match="stopped"):
        await two_workers.ask("d")


async def test_with_workers_a_stop_that_is_not_waited_for_leaves_nobody_hanging(
    two_workers: Batcher[str, str], clerk: Clerk
) -> None:
    clerk.open.clear()
    working = asyncio.create_task(two_workers.run(asyncio.Event()))
    asking = []
    for request in "abc":
        asking.append(asyncio.create_task(two_workers.ask(request)))
        for _ in range(5):
            await asyncio.sleep(0)

    working.cancel()

    async with asyncio.timeout(1):
        answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(each) for each in answers] == [Unavailable, Unavailable, Busy]
