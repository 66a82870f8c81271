"""The lifecycle events that an operator has chosen, on their way to the listeners."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from chassis.application.access.caller import Caller
from chassis.application.actors.actor import Actor
from chassis.application.context import new_context, use_context
from chassis.application.errors import Unavailable
from chassis.application.ports.lifecycle import KINDS, Kind, LifecycleEvent, LifecycleListener
from chassis.application.ports.metrics import Counter, Metrics
from chassis.domain.text import printable

log = logging.getLogger(__name__)

# The caller of all events that listeners publish: nothing about these is reported again.
CALLER = Caller(name="service:lifecycle")
# Different events that wait. Those of one kind and subject are one, with a count.
LIMIT = 1000
# Seconds in which they are counted together.
INTERVAL = 1.0
# Characters of the details, which may quote untrusted text.
LONGEST = 1000

DROPPED = Counter("lifecycle_events_dropped", "Lifecycle events that were not reported.", ("kind",))


class LifecycleEvents(Actor):
    """The `Lifecycle` of a process: passes events of the `chosen` kinds to each listener.

    They wait in memory, and those that wait are lost with the process.
    """

    def __init__(
        self, chosen: Iterable[str], listeners: Sequence[LifecycleListener], metrics: Metrics
    ) -> None:
        super().__init__("lifecycle", metrics)
        self._chosen = frozenset(chosen)
        self._listeners = listeners
        self._waiting: dict[tuple[Kind, str], LifecycleEvent] = {}
        self._arrived = asyncio.Event()
        for kind in KINDS:
            metrics.count(DROPPED, kind, amount=0)

    def report(
        self, kind: Kind, subject: str, details: str = "", *, cause: str | None = None
    ) -> None:
        """Note that this has happened, unless a lifecycle event is its cause."""
        if kind not in self._chosen or cause == CALLER.name:
            return
        if self._add(LifecycleEvent(kind, printable(subject), printable(details[:LONGEST]))):
            self._arrived.set()
        else:
            self._metrics.count(DROPPED, kind)

    async def step(self) -> bool:
        """Pass the oldest event on; return whether there was one."""
        if not self._waiting:
            return False
        event = self._waiting.pop(next(iter(self._waiting)))
        try:
            with use_context(new_context(caller=CALLER)):
                for listen in self._listeners:
                    await listen(event)
        except Unavailable:
            self._add(event)
            raise
        except Exception:
            self._metrics.count(DROPPED, event.kind)
            log.exception("lifecycle event not reported", extra={"kind": event.kind})
        return True

    async def rest(self) -> None:
        """Wait for an event, and for those that come soon after it."""
        await self._arrived.wait()
        self._arrived.clear()
        await asyncio.sleep(INTERVAL)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set and no event waits."""
        await super().run(stopping)
        with suppress(Unavailable):
            while await self.step():
                pass

    def _add(self, event: LifecycleEvent) -> bool:
        """Add the event to those of its kind and subject; return whether there was room."""
        key = event.kind, event.subject
        waiting = self._waiting.get(key)
        if waiting is not None:
            event = replace(event, count=waiting.count + event.count)
        elif len(self._waiting) >= LIMIT:
            return False
        self._waiting[key] = event
        return True
