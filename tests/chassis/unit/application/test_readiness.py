import asyncio

import pytest

from chassis.application import readiness as module
from chassis.application.errors import Busy, Unavailable
from chassis.application.ports.health import Health
from chassis.application.readiness import Condition, Phase, Readiness, Status
from tests.unit.support import RecordingMetrics


class Well:
    async def check(self) -> None: ...


class Away:
    async def check(self) -> None:
        raise Unavailable("it does not answer")


class Full:
    async def check(self) -> None:
        raise Busy("too much waits", 5)


class Silent:
    async def check(self) -> None:
        await asyncio.sleep(60)


async def status_of(essential: Health, helpful: Health, phase: Phase | None = "serving") -> Status:
    readiness = Readiness({"database": essential}, {"cache": helpful}, RecordingMetrics())
    if phase is not None:
        readiness.phase = phase
    return await readiness.status()


@pytest.mark.parametrize(
    ("essential", "helpful", "gauges"),
    ((Well(), Well(), (1, 1, 1)), (Well(), Away(), (1, 1, 0)), (Away(), Well(), (0, 0, 1))),
)
async def test_gauges_have_the_result_of_the_last_check(
    essential: Health, helpful: Health, gauges: tuple[int, int, int]
) -> None:
    metrics = RecordingMetrics()
    readiness = Readiness({"database": essential}, {"cache": helpful}, metrics)
    readiness.phase = "serving"
    names = ("service_ready", "dependency_ready:database", "dependency_ready:cache")

    assert metrics.gauges == dict.fromkeys(names, 0)
    await readiness.status()

    assert metrics.gauges == dict(zip(names, gauges, strict=True))


async def test_a_service_is_ready_while_all_is_well() -> None:
    status = await status_of(Well(), Well())

    assert (status.status, status.phase) == ("ready", "serving")
    assert status.dependencies == {
        "database": Condition(True, essential=True),
        "cache": Condition(True, essential=False),
    }


async def test_refresh_of_the_gauges_does_not_wait_for_a_silent_dependency(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "REFRESH_TIMEOUT", 0.01)
    metrics = RecordingMetrics()
    away = asyncio.Event()

    class Slow:
        async def check(self) -> None:
            await away.wait()
            raise Unavailable("it does not answer")

    readiness = Readiness({"database": Well()}, {"cache": Slow()}, metrics)
    readiness.phase = "serving"
    async with asyncio.timeout(30):
        await readiness.refresh()
        assert metrics.gauges["service_ready"] == 0
        away.set()
        monkeypatch.setattr(module, "REFRESH_TIMEOUT", 60)
        # The check that has begun goes on.
        await readiness.refresh()

    assert metrics.gauges["service_ready"] == 1
    assert metrics.gauges["dependency_ready:cache"] == 0


async def test_what_only_helps_degrades_it() -> None:
    status = await status_of(Well(), Away())

    assert status.status == "degraded"
    assert status.dependencies["cache"] == Condition(False, False, "it does not answer")


@pytest.mark.parametrize(
    ("health", "reason"), ((Away(), "it does not answer"), (Full(), "too much waits"))
)
async def test_it_is_unready_without_what_is_essential(health: Health, reason: str) -> None:
    status = await status_of(health, Well())

    assert status.status == "unready"
    assert status.dependencies["database"] == Condition(False, True, reason)


@pytest.mark.parametrize("phase", (None, "starting", "draining"))
async def test_it_is_unready_before_it_serves_and_while_it_drains(phase: Phase | None) -> None:
    status = await status_of(Well(), Well(), phase)

    assert (status.status, status.phase) == ("unready", phase or "starting")
    assert status.dependencies["database"].ok


async def test_dependencies_are_asked_at_once() -> None:
    class Together:
        def __init__(self) -> None:
            self.barrier = asyncio.Barrier(2)

        async def check(self) -> None:
            await self.barrier.wait()

    both = Together()

    async with asyncio.timeout(1):
        assert (await status_of(both, both)).status == "ready"


async def test_a_dependency_that_does_not_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CHECK_TIMEOUT", 0.01)

    status = await status_of(Silent(), Well())

    assert status.status == "unready"
    assert status.dependencies["database"] == Condition(False, True, "no answer within 0.01 s")
