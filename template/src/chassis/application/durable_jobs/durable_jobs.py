"""The sender of durable jobs, for use cases."""

from datetime import datetime
from uuid import UUID

from chassis.application.durable_jobs.durable_job import DurableJob, job_event
from chassis.application.ports.clock import Clock
from chassis.application.ports.codec import Codec
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.signal import Signal
from chassis.application.ports.work import MachineryWork


class DurableJobs:
    """Puts jobs into the outbox; a worker handles each at least once after its commit."""

    def __init__(
        self, work: MachineryWork, codec: Codec, signal: Signal, clock: Clock, source: str
    ) -> None:
        self._work = work
        self._codec = codec
        self._signal = signal
        self._clock = clock
        self._source = source

    def envelope(self, job: DurableJob, *, not_before: datetime | None = None) -> Envelope:
        """Return `job` for the outbox of a transaction of your own, or for a `Command`.

        It is handled after the commit, and `not_before` that time. Raises `Invalid` if the time has
        no time zone.
        """
        return self._codec.encode(job_event(job, self._source, self._clock(), not_before))

    async def send(self, job: DurableJob, *, not_before: datetime | None = None) -> UUID:
        """Commit `job` in its own transaction, and return the id of its event.

        Raises `Invalid` for a wrong time, `Busy` while too many events wait for theirs, and
        `Unavailable`; then the job is not accepted.
        """
        envelope = self.envelope(job, not_before=not_before)
        async with self._work.begin() as work:
            await work.outbox.add([envelope])
        await self._signal.notify()
        return envelope.id
