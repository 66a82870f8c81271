"""Readiness: whether the running roles can do their work, and what is wrong if not."""

import asyncio
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from chassis.application.errors import ApplicationError
from chassis.application.ports.health import Health
from chassis.application.ports.metrics import Gauge, Metrics

CHECK_TIMEOUT = 2.0
# Seconds that a reader of the gauges waits for them. Prometheus may have less time than a check.
REFRESH_TIMEOUT = 0.5

READY = Gauge("service_ready", "1 if the running roles can do their work, else 0.")
DEPENDENCY = Gauge("dependency_ready", "1 if the dependency is all right, else 0.", ("dependency",))

type Phase = Literal["starting", "serving", "draining"]


class Condition(Struct, frozen=True):
    """The state of one dependency; only an `essential` one stops the service from working."""

    ok: bool
    essential: bool
    reason: str | None = None


class Status(Struct, frozen=True):
    """The state of the service, as `/readyz` shows it."""

    status: Literal["ready", "degraded", "unready"]
    phase: Phase
    dependencies: dict[str, Condition]


class Readiness:
    """Checks each dependency by name; the lifecycle sets `phase`.

    The gauges have the result of the last check.
    """

    def __init__(
        self, essential: Mapping[str, Health], helpful: Mapping[str, Health], metrics: Metrics
    ) -> None:
        self.phase: Phase = "starting"
        self._metrics = metrics
        self._refreshing: asyncio.Task[Status] | None = None
        self._checks = [(name, health, True) for name, health in essential.items()]
        self._checks += [(name, health, False) for name, health in helpful.items()]
        metrics.gauge(READY, 0)
        for name, _, _ in self._checks:
            metrics.gauge(DEPENDENCY, 0, name)

    async def refresh(self) -> None:
        """Check again, for the gauges; return within about half a second.

        If a dependency does not answer by then, the gauges have the result at the next call.
        """
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self.status())
        await asyncio.wait({self._refreshing}, timeout=REFRESH_TIMEOUT)

    async def status(self) -> Status:
        """Return the state of the service and of each dependency, within about two seconds."""
        conditions = await asyncio.gather(*(_ask(h, needed) for _, h, needed in self._checks))
        dependencies = {
            name: condition
            for (name, _, _), condition in zip(self._checks, conditions, strict=True)
        }
        for name, condition in dependencies.items():
            self._metrics.gauge(DEPENDENCY, condition.ok, name)
        broken = any(not c.ok and c.essential for c in conditions)
        is_unready = self.phase != "serving" or broken
        self._metrics.gauge(READY, not is_unready)
        if is_unready:
            return Status("unready", self.phase, dependencies)
        ok = all(condition.ok for condition in conditions)
        return Status("ready" if ok else "degraded", self.phase, dependencies)


async def _ask(health: Health, essential: bool) -> Condition:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            await health.check()
    except TimeoutError:
        return Condition(False, essential, f"no answer within {CHECK_TIMEOUT:g} s")
    except ApplicationError as error:
        return Condition(False, essential, str(error))
    return Condition(True, essential)
