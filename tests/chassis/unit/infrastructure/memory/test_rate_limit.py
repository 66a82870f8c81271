import pytest

from chassis.infrastructure.memory import rate_limit as module
from chassis.infrastructure.memory.rate_limit import MemoryRateLimit
from tests.unit.support import ManualTime


async def test_a_bucket_fills_up_again_and_no_further() -> None:
    time = ManualTime()
    limit = MemoryRateLimit(2, 3, time.monotonic)

    async def through() -> int:
        count = 0
        while not await limit.take("ada"):
            count += 1
        return count

    assert await through() == 3
    time.now += 0.5
    assert await through() == 1
    time.now += 1000
    assert await through() == 3
    assert await limit.take("ada") == pytest.approx(0.5)


async def test_no_more_callers_are_remembered_than_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_CALLERS", 2)
    limit = MemoryRateLimit(1, 1, ManualTime().monotonic)

    assert [await limit.take(name) for name in ("a", "b", "c")] == [0, 0, 0]

    assert await limit.take("c") > 0
    assert await limit.take("a") == 0
