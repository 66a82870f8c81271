import asyncio

from chassis.application.access.caller import ANONYMOUS, Caller
from chassis.application.budget import (
    Budget,
    Share,
    answered,
    has_shares,
    keep_in,
    release,
    until_sent,
)
from chassis.application.context import new_context, use_context


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_shares_are_given_in_the_order_of_those_who_wait() -> None:
    budget = Budget(10)
    first = await budget.take(6)
    large, small = (asyncio.create_task(budget.take(size)) for size in (7, 1))
    await turn()

    # There is room for the small one, which does not overtake.
    assert (large.done(), small.done()) == (False, False)
    first.release()
    await turn()

    assert (large.done(), small.done(), budget.room) == (True, True, 2)


async def test_what_is_larger_than_all_there_is_gets_all() -> None:
    budget = Budget(10)

    share = await budget.take(100)

    assert budget.room == 0
    share.release()
    assert budget.room == 10


async def test_a_share_shrinks_and_does_not_grow() -> None:
    budget = Budget(10)
    share = await budget.take(6)

    share.shrink(2)
    share.shrink(9)

    assert budget.room == 8
    share.release()
    share.release()
    assert budget.room == 10


async def test_who_waits_no_more_leaves_its_place_to_those_behind_it() -> None:
    budget = Budget(10)
    held = await budget.take(6)
    waiting = [asyncio.create_task(budget.take(size)) for size in (8, 3)]
    await turn()

    waiting[0].cancel()
    await turn()

    assert waiting[1].done()
    assert budget.room == 1
    held.release()


async def test_who_is_cancelled_as_its_turn_comes_keeps_nothing() -> None:
    budget = Budget(10)
    held = await budget.take(6)
    waiting = asyncio.create_task(budget.take(8))
    await turn()

    held.release()
    waiting.cancel()
    await turn()

    assert (waiting.cancelled(), budget.room) == (True, 10)


async def test_a_share_whose_holder_is_dropped_comes_back() -> None:
    budget = Budget(10)
    shares: list[Share] = [await budget.take(4), await budget.take(4)]
    keep_in(shares)

    release(shares[:1])
    assert budget.room == 6
    del shares[:]

    assert budget.room == 10


def taken_from(
    budget: Budget, peer: str, size: int, caller: Caller = ANONYMOUS
) -> asyncio.Task[Share]:
    with use_context(new_context(peer=peer, caller=caller)):
        return asyncio.create_task(budget.take(size))


async def test_one_asker_leaves_room_for_others_however_much_it_wants() -> None:
    budget = Budget(12)
    deaf = [taken_from(budget, "192.0.2.1", 4) for _ in range(9)]
    await turn()
    assert [each.done() for each in deaf] == [True] * 2 + [False] * 7

    others = [
        taken_from(budget, "192.0.2.2", 3),
        taken_from(budget, "192.0.2.1", 1, Caller(name="ada")),
    ]
    await turn()

    assert [each.done() for each in others] == [True, True]
    assert budget.room == 0
    for each in deaf:
        each.cancel()


async def test_what_is_larger_than_an_asker_may_have_gets_as_much_as_that() -> None:
    budget = Budget(12)

    share = await taken_from(budget, "192.0.2.1", 100)

    assert budget.room == 4
    share.release()
    assert budget.room == 12


async def test_an_asker_who_has_less_comes_first_where_there_is_room_again() -> None:
    budget = Budget(12)
    first, second = [await taken_from(budget, "192.0.2.1", 4) for _ in range(2)]
    third = await taken_from(budget, "192.0.2.2", 4)
    deaf = [taken_from(budget, peer, 4) for peer in ("192.0.2.1", "192.0.2.2") for _ in range(5)]
    await turn()
    good = [taken_from(budget, "192.0.2.3", 4) for _ in range(2)]
    await turn()
    assert not any(each.done() for each in (*deaf, *good))

    first.release()
    await turn()
    assert [each.done() for each in good] == [True, False]
    assert not any(each.done() for each in deaf)

    (await good[0]).release()
    await turn()
    assert good[1].done()
    for each in deaf:
        each.cancel()
    second.release()
    third.release()


async def test_askers_who_have_as_much_take_turns() -> None:
    budget = Budget(9)
    held = await budget.take(9)
    mine = [taken_from(budget, "192.0.2.1", 3) for _ in range(2)]
    other = taken_from(budget, "192.0.2.2", 3)
    await turn()

    held.shrink(6)
    await turn()
    assert [each.done() for each in (*mine, other)] == [True, False, False]
    held.shrink(3)
    await turn()
    assert [each.done() for each in (*mine, other)] == [True, False, True]

    held.release()
    await turn()
    assert mine[1].done()


async def test_nothing_is_had_without_a_wait() -> None:
    budget = Budget(4)
    held = await budget.take(4)
    waiting = asyncio.create_task(budget.take(1))
    await turn()

    assert budget.is_free(0)
    await asyncio.wait_for(budget.take(0), 1)

    held.release()
    await waiting


async def test_what_others_wait_for_is_not_free() -> None:
    budget = Budget(4)
    held = await budget.take(3)
    assert budget.is_free(1)
    waiting = asyncio.create_task(budget.take(2))
    await turn()

    assert not budget.is_free(1)

    held.release()
    await waiting


async def test_the_share_of_an_answer_is_kept_until_the_answer_is_sent() -> None:
    budget = Budget(10)
    with until_sent():
        assert not has_shares()
        answered(await budget.take(6), 2)
        answered(await budget.take(6), 3)
        assert (has_shares(), budget.room) == (True, 5)

    assert (has_shares(), budget.room) == (False, 10)


async def test_whoever_sends_the_answers_later_releases_their_shares() -> None:
    budget = Budget(10)
    shares: list[Share] = []

    async def request() -> None:
        keep_in(shares)
        answered(await budget.take(6), 2)
        assert has_shares()

    await asyncio.create_task(request())
    assert (len(shares), budget.room) == (1, 8)

    release(shares)
    assert (shares, budget.room) == ([], 10)


async def test_an_answer_that_is_sent_at_once_keeps_no_share() -> None:
    budget = Budget(10)

    answered(await budget.take(6), 2)

    assert (has_shares(), budget.room) == (False, 10)


async def test_what_is_free_is_free_for_an_asker_within_its_bound() -> None:
    budget = Budget(12)
    held = await taken_from(budget, "192.0.2.1", 6)

    with use_context(new_context(peer="192.0.2.1")):
        assert [budget.is_free(size) for size in (2, 3, 100)] == [True, False, False]
    with use_context(new_context(peer="192.0.2.2")):
        assert [budget.is_free(size) for size in (6, 7)] == [True, False]

    held.release()
    with use_context(new_context(peer="192.0.2.1")):
        # A larger share is cut to what an asker may have.
        assert budget.is_free(100)
