import asyncio

import pytest

from chassis.application.errors import Busy
from chassis.interfaces.grpc import calls as module
from chassis.interfaces.grpc.calls import Calls


async def test_no_more_than_the_limit() -> None:
    calls = Calls(2)
    calls.enter()
    calls.enter()
    with pytest.raises(Busy, match="limit of 2 concurrent calls"):
        calls.enter()
    calls.leave()
    calls.enter()

    assert calls.under_way == 2


async def test_waits_for_the_last_one() -> None:
    calls = Calls(2)
    assert await calls.finished(0)
    calls.enter()
    assert not await calls.finished(0.01)
    asyncio.get_running_loop().call_later(0.01, calls.leave)
    assert await calls.finished(5)


async def test_draining_refuses_until_nobody_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.1)
    calls = Calls(2)
    calls.enter()
    draining = asyncio.create_task(calls.drain(60))
    for _ in range(5):
        await asyncio.sleep(0.03)
        with pytest.raises(Busy, match="is stopping"):
            calls.enter()
        assert not draining.done()
    await draining

    assert calls.under_way == 1


async def test_draining_has_an_end_also_where_they_go_on_coming() -> None:
    calls = Calls(2)
    draining = asyncio.create_task(calls.drain(0.2))
    while not draining.done():
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            calls.enter()
