import asyncio

import pytest

from chassis.application.actors import mailbox as module
from chassis.application.actors.mailbox import Mailbox
from chassis.application.errors import Busy
from tests.unit.support import RecordingMetrics


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
def mailbox(metrics: RecordingMetrics) -> Mailbox[str]:
    return Mailbox("clerk", metrics, limit=3, weight=10)


async def test_what_waits_is_taken_together_and_in_order(mailbox: Mailbox[str]) -> None:
    for item in "abc":
        mailbox.post(item)

    assert mailbox.take(2) == ["a", "b"]
    assert mailbox.take(2) == ["c"]
    assert mailbox.take(2) == []


async def test_what_is_taken_together_has_a_weight_that_only_one_alone_may_exceed(
    mailbox: Mailbox[str],
) -> None:
    for item, weight in (("a", 4), ("b", 4), ("c", 2)):
        mailbox.post(item, weight)

    assert mailbox.take(9, weight=7) == ["a"]
    assert mailbox.take(9, weight=6) == ["b", "c"]
    mailbox.post("d", 9)
    assert mailbox.take(9, weight=1) == ["d"]


async def test_a_full_one_refuses_until_something_is_taken(mailbox: Mailbox[str]) -> None:
    for item in "abc":
        mailbox.post(item)

    with pytest.raises(Busy, match="clerk") as caught:
        mailbox.post("d")
    assert caught.value.retry_after == 1

    mailbox.take(1)
    mailbox.post("d")
    assert mailbox.take(9) == ["b", "c", "d"]


async def test_it_is_full_by_weight_too(mailbox: Mailbox[str]) -> None:
    mailbox.post("a", 4)
    mailbox.post("b", 5)

    with pytest.raises(Busy):
        mailbox.post("c", 2)

    mailbox.take(1)
    mailbox.post("c", 5)
    with pytest.raises(Busy):
        mailbox.post("d", 1)


async def test_one_item_is_never_too_heavy(mailbox: Mailbox[str]) -> None:
    mailbox.post("a", 1000)

    with pytest.raises(Busy):
        mailbox.post("b", 1)
    assert mailbox.take(9) == ["a"]


async def test_whoever_waits_is_woken_by_the_next_item(mailbox: Mailbox[str]) -> None:
    waiting = asyncio.create_task(mailbox.wait())
    await asyncio.sleep(0)
    assert not waiting.done()

    mailbox.post("a")

    async with asyncio.timeout(1):
        await waiting
        await mailbox.wait()


async def test_it_shows_how_much_waits_and_for_how_long(
    mailbox: Mailbox[str], metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert metrics.gauges == {"mailbox_depth:clerk": 0, "mailbox_age_seconds:clerk": 0}
    for item, now in (("a", 100.0), ("b", 107.0)):
        monkeypatch.setattr(module, "monotonic", lambda now=now: now)
        mailbox.post(item)

    assert metrics.gauges == {"mailbox_depth:clerk": 2, "mailbox_age_seconds:clerk": 7}


async def test_a_closed_one_refuses_and_gives_back_what_waits(mailbox: Mailbox[str]) -> None:
    mailbox.post("a")
    mailbox.post("b", 9)

    assert mailbox.close() == ["a", "b"]
    for post in (mailbox.post, mailbox.post_or_drop):
        with pytest.raises(Busy, match="the clerk has been stopped"):
            post("c")
    with pytest.raises(Busy, match="the clerk has been stopped"):
        await mailbox.post_when_free("c")


async def test_closing_ends_the_wait_for_room(mailbox: Mailbox[str]) -> None:
    for item in "abc":
        mailbox.post(item)
    waiting = [asyncio.create_task(mailbox.post_when_free(item)) for item in "de"]
    await asyncio.sleep(0)
    mailbox.close()
    async with asyncio.timeout(30):
        errors = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(error) for error in errors] == [Busy, Busy]


async def test_what_is_put_back_is_the_oldest_again_with_its_age_and_weight(
    mailbox: Mailbox[str], metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    for item, now in (("a", 100.0), ("b", 107.0)):
        monkeypatch.setattr(module, "monotonic", lambda now=now: now)
        mailbox.post(item, 4)
    first = mailbox.pop()
    assert first is not None
    assert metrics.gauges["mailbox_age_seconds:clerk"] == 0
    mailbox.put_back(first)

    assert metrics.gauges["mailbox_age_seconds:clerk"] == 7
    with pytest.raises(Busy):
        mailbox.post("c", 3)
    assert mailbox.take(9) == ["a", "b"]
    assert mailbox.pop() is None


async def test_a_caller_that_gives_up_its_wait_for_room_leaves_its_place(
    mailbox: Mailbox[str],
) -> None:
    for item in "abc":
        mailbox.post(item)
    first, second = (asyncio.create_task(mailbox.post_when_free(item)) for item in "de")
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    assert mailbox.take(1) == ["a"]
    async with asyncio.timeout(30):
        await second

    assert mailbox.take(9) == ["b", "c", "e"]


async def test_the_oldest_leave_until_there_is_room_for_the_weight(mailbox: Mailbox[str]) -> None:
    for item in "ab":
        mailbox.post(item, 3)

    assert mailbox.post_or_drop("c", 7) == ["a"]
    with pytest.raises(Busy):
        mailbox.post("d", 1)
    assert mailbox.post_or_drop("d", 8) == ["b", "c"]
    assert mailbox.take(9) == ["d"]
    assert mailbox.post_or_drop("e", 1000) == []


async def test_a_heavy_item_waits_for_room_by_weight(mailbox: Mailbox[str]) -> None:
    mailbox.post("a", 4)
    mailbox.post("b", 4)
    waiting = asyncio.create_task(mailbox.post_when_free("c", 6))
    await asyncio.sleep(0)
    assert not waiting.done()

    mailbox.pop()

    async with asyncio.timeout(30):
        await waiting
    with pytest.raises(Busy):
        mailbox.post("d", 1)
    assert mailbox.take(9) == ["b", "c"]


async def test_what_is_put_back_wakes_who_waits(mailbox: Mailbox[str]) -> None:
    mailbox.post("a")
    first = mailbox.pop()
    assert first is not None
    assert (first.item, first.weight) == ("a", 0)
    waiting = asyncio.create_task(mailbox.wait())
    await asyncio.sleep(0)

    mailbox.put_back(first)

    async with asyncio.timeout(30):
        await waiting


async def test_one_that_waits_no_more_is_not_woken(mailbox: Mailbox[str]) -> None:
    waits = [asyncio.create_task(mailbox.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    waits[0].cancel()
    mailbox.post("a")

    async with asyncio.timeout(30):
        await waits[1]
    assert waits[0].cancelled()


async def test_an_item_without_a_weight_needs_no_room_by_weight(mailbox: Mailbox[str]) -> None:
    mailbox.post("a", 10)

    async with asyncio.timeout(30):
        await mailbox.post_when_free("b")
    assert mailbox.post_or_drop("c") == []
    assert mailbox.take(9) == ["a", "b", "c"]
