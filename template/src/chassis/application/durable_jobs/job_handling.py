"""How a worker handles durable jobs: the consumer's handler of their events."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chassis.application.consuming.handler import Fault, Handled
from chassis.application.context import new_context, use_context
from chassis.application.durable_jobs.durable_job import DurableJob, JobRow
from chassis.application.event import Event
from chassis.application.ports.clock import Clock
from chassis.application.ports.health import Health
from chassis.application.ports.metrics import Counter, Metrics
from chassis.application.ports.subscription import Rejection
from chassis.application.ports.work import MachineryWork
from chassis.domain.errors import Invalid
from chassis.domain.ids import AheadOfClock, time_of_foreign

log = logging.getLogger(__name__)

JOBS = Counter("durable_jobs", "Durable jobs that a handler has taken.", ("job", "outcome"))
type Outcome = Literal["done", "failed", "refused"]
DEAD_LETTERED = Counter(
    "durable_jobs_dead_lettered",
    "Durable jobs that failed for good, and are dead letters.",
    ("job",),
)
_OUTCOMES: tuple[Outcome, ...] = ("done", "failed", "refused")

_UNREADABLE = (Invalid, msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Decoded(Struct, frozen=True):
    event: Event
    job: DurableJob
    time: datetime

    def entry(self) -> Event:
        """Return the event for the journal, without text that another program may have written."""
        return replace(self.event, time=self.time, subject=self.job.kind, traceparent=None)


class JobHandling:
    """Runs the jobs of a batch at the same time, and enters those that are done into the journal.

    A job in the journal is not run again. A job whose worker dies before that is redelivered and
    run again. No transaction is open while handlers run.
    """

    def __init__(
        self,
        table: Mapping[str, JobRow],
        work: MachineryWork,
        health: Health,
        clock: Clock,
        metrics: Metrics,
        retention: timedelta,
        meet_ahead: Callable[[datetime], None],
    ) -> None:
        """`health` is the database's; `meet_ahead` gets times that lie ahead of `clock`."""
        self._kinds = {kind: row.job.kind for kind, row in table.items()}
        self._handlers = {kind: row.handler() for kind, row in table.items()}
        self._decoders = {kind: msgspec.json.Decoder(row.job) for kind, row in table.items()}
        self._work = work
        self._health = health
        self._clock = clock
        self._metrics = metrics
        self._retention = retention
        self._meet_ahead = meet_ahead
        for kind in self._kinds.values():
            metrics.count(DEAD_LETTERED, kind, amount=0)
            for outcome in _OUTCOMES:
                metrics.count(JOBS, kind, outcome, amount=0)

    async def __call__(self, events: Sequence[Event]) -> Handled:
        """Run the jobs that are not done yet; those that fail are faults.

        Raises `Unavailable` if the database does not answer; then the broker redelivers all, and
        the finished jobs may be run again.
        """
        jobs, faults = self._decode(events)
        async with self._work.read() as work:
            done = await work.journal.known([*jobs])
        new = [each for each in jobs.values() if each.event.id not in done]
        found = await asyncio.gather(*(self._run(each) for each in new))
        failed = [fault for fault in found if fault is not None]
        finished = [each.entry() for each, fault in zip(new, found, strict=True) if fault is None]
        if finished:
            async with self._work.begin() as work:
                await work.journal.append(finished)
        elif failed:
            # If the database is down, no job has failed by itself.
            await self._health.check()
        return Handled([*faults, *failed])

    def count_dead_letter(self, rejection: Rejection) -> None:
        """Count a job that became a dead letter; a message that is no known job is not counted."""
        if kind := self._kinds.get(rejection.event_type or ""):
            self._metrics.count(DEAD_LETTERED, kind)

    async def _run(self, each: _Decoded) -> Fault | None:
        event, job = each.event, each.job
        limit = asyncio.timeout(job.limit)
        with use_context(new_context(event.request_id, event.traceparent)):
            try:
                async with limit:
                    await self._handlers[event.type](job)
            except Invalid as error:
                self._count(job, "refused")
                return Fault(event, str(error))
            except Exception as error:
                self._count(job, "failed")
                extra = {"job": job.kind, "event_id": str(event.id)}
                log.exception("durable job failed", extra=extra)
                reason = f"took longer than {job.limit:g} s" if limit.expired() else str(error)
                return Fault(event, f"{job.kind}: {reason or type(error).__name__}", may_pass=True)
        self._count(job, "done")
        return None

    def _decode(self, events: Sequence[Event]) -> tuple[dict[UUID, _Decoded], list[Fault]]:
        """Return the jobs by the id of their events, each once, and the faults."""
        now = self._clock()
        jobs: dict[UUID, _Decoded] = {}
        faults = []
        for event in events:
            try:
                time = time_of_foreign(event.id, now=now, retention=self._retention)
                job = self._decoders[event.type].decode(event.data)
            except AheadOfClock as error:
                self._meet_ahead(error.time)
                faults.append(Fault(event, str(error), may_pass=True))
            except _UNREADABLE as error:
                faults.append(Fault(event, str(error)))
            else:
                jobs.setdefault(event.id, _Decoded(event, job, time))
        return jobs, faults

    def _count(self, job: DurableJob, outcome: Outcome) -> None:
        self._metrics.count(JOBS, job.kind, outcome)
