import asyncio

from app.interfaces.grpc.turns import Turns


async def test_each_connection_has_its_own_and_none_is_kept() -> None:
    turns = Turns(1)
    begun: list[str] = []
    go = asyncio.Event()

    async def work(peer: str) -> None:
        async with turns.turn(peer):
            begun.append(peer)
            await go.wait()

    tasks = [asyncio.create_task(work(peer)) for peer in ("a", "a", "b")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert begun == ["a", "b"]

    go.set()
    await asyncio.gather(*tasks)
    assert begun == ["a", "b", "a"]
    assert len(turns) == 0


async def test_who_leaves_while_it_waits_takes_no_turn() -> None:
    turns = Turns(1)

    async def work() -> None:
        async with turns.turn("a"):
            pass

    async with turns.turn("a"):
        waiting = asyncio.create_task(work())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await work()

    assert len(turns) == 0


async def test_a_turn_that_was_cut_off_waits_for_the_others_to_hear_that_they_are_too() -> None:
    turns = Turns(1)
    begun: list[str] = []

    async def work(name: str) -> None:
        async with turns.turn("a"):
            begun.append(name)
            if name == "first":
                await asyncio.Event().wait()

    first, second, third = (
        asyncio.create_task(work(name)) for name in ("first", "second", "third")
    )
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    await asyncio.sleep(0.01)
    second.cancel()
    await third

    assert begun == ["first", "third"]
    assert len(turns) == 0
