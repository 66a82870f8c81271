import asyncio

from app.application.budget import Budget, Share, keep_in, release


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
