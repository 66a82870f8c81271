"""The settings that every part of the service shares; a server declares its own ones."""

import os
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from chassis.application.ports.lifecycle import KINDS
from chassis.application.retry_schedule import RetrySchedule
from chassis.bootstrap.names import read_names
from chassis.bootstrap.project import read_project

# When the worker makes its digest of the dead letters: a cron expression and its time zone.
DIGEST = "0 8 * * *"
ZONE = "UTC"

type Count = Annotated[int, Meta(ge=1)]
# A hundred years: the calendar still holds a time that long ago.
CENTURY = 3_155_760_000
type Seconds = Annotated[float, Meta(gt=0, le=CENTURY)]
# AMQP names have 255 bytes, and some get a suffix.
type Name = Annotated[str, Meta(pattern=r"^[!-~]{1,200}$")]
type Names = Annotated[str, Meta(pattern=r"^ *[!-+\--~]{1,200}( *, *[!-+\--~]{1,200})* *$")]


def _own_exchange() -> str:
    return read_names().exchange


def _own_queue() -> str:
    return f"{read_project().slug}.{read_names().queue}"


class CoreSettings(Struct, frozen=True, kw_only=True):
    """Each field is a setting of the same name in upper case, documented in `.env.example`."""

    database_url: str = "sqlite+aiosqlite:///var/app.db"
    # One of them waits for the broker's confirms.
    database_connections: Annotated[int, Meta(ge=2)] = 10
    broker_url: str = "memory://"
    broker_exchange: Name = field(default_factory=_own_exchange)
    broker_queue: Name = field(default_factory=_own_queue)
    broker_bindings: Names = ""
    # Queues of the consumer, each with one active replica; 0 is one queue that replicas share.
    broker_partitions: Annotated[int, Meta(ge=0, le=256)] = 0
    # Whether published events have their type and their subject as headers.
    broker_attributes: Literal["body", "headers"] = "body"
    broker_prefetch: Annotated[int, Meta(ge=1, le=65_535)] = 1000
    broker_unrouted_limit: Count = 1_000_000
    retry_delays: str = "1,10,60,600"
    cache_url: str = "memory://"
    cache_ttl: Seconds = 3600
    # The place of the locks, and of the leader's.
    locks: Literal["database", "cache"] = "database"
    retention: Seconds = 30 * 86_400
    # The journal's own retention; 0 means the same as `retention`.
    journal_retention: Annotated[float, Meta(ge=0, le=CENTURY)] = 0
    idempotency_ttl: Seconds = 86_400
    max_batch: Count = 1000
    max_body: Count = 1_048_576
    max_connections: Count = 16_384
    max_connections_per_address: Count = 16_384
    max_in_flight: Count = 256
    # Requests a second of one caller; 0 is no limit.
    rate_limit: Annotated[float, Meta(ge=0, le=1_000_000)] = 0
    rate_burst: Annotated[int, Meta(ge=1, le=1_000_000)] = 100
    handshake_timeout: Seconds = 10
    idle_timeout: Seconds = 300
    outbox_mark: Count = 100_000
    # The longest delay of an event, and how many may wait for their time.
    outbox_max_delay: Seconds = 7 * 86_400
    outbox_delayed_mark: Count = 1_000_000
    max_streams: Count = 10_000
    stream_heartbeat: Seconds = 15
    executor_threads: Annotated[int, Meta(ge=1, le=1000)] = 16
    # 0 is one fewer than the processors: the event loop needs one.
    executor_processes: Annotated[int, Meta(ge=0, le=1000)] = 0
    job_workers: Annotated[int, Meta(ge=1, le=1000)] = 8
    # Calls of remote jobs that wait for an answer, and requests of each that a worker handles.
    rpc_in_flight: Count = 1000
    rpc_prefetch: Annotated[int, Meta(ge=1, le=65_535)] = 64
    worker_time_zone: str = ZONE
    worker_digest: str = DIGEST
    # Seconds between two heartbeats; 0 is none.
    worker_heartbeat: Annotated[float, Meta(ge=0, le=CENTURY)] = 0
    # The kinds of lifecycle events to report, comma-separated.
    lifecycle_events: str = ""
    environment: Literal["development", "production"] = "development"
    log_format: Literal["auto", "console", "json"] = "auto"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    shutdown_grace: Seconds = 10

    @property
    def bindings(self) -> tuple[str, ...]:
        """The routing keys of `broker_bindings`, one by one."""
        given = self.broker_bindings
        return tuple(binding.strip() for binding in given.split(",")) if given else ()

    @property
    def processes(self) -> int:
        """How many processes work for an executor at most."""
        return self.executor_processes or max(1, (os.cpu_count() or 2) - 1)

    @property
    def journal_age_limit(self) -> float:
        """How long the journal keeps events, in seconds."""
        return self.journal_retention or self.retention

    @property
    def ingest_age_limit(self) -> float:
        """The age, in seconds, up to which events are ingested.

        Only the journal tells whether an event is new, so an event that it may have removed is not
        ingested.
        """
        return min(self.retention, self.journal_age_limit)

    @property
    def max_delay(self) -> float:
        """The longest delay of an event, in seconds.

        It leaves half of `ingest_age_limit` for the way to the consumer: an event has the time of
        its registration.
        """
        return min(self.outbox_max_delay, self.ingest_age_limit / 2)

    @property
    def lifecycle_kinds(self) -> tuple[str, ...]:
        """The kinds of `lifecycle_events`, one by one."""
        return tuple(kind.strip() for kind in self.lifecycle_events.split(",") if kind.strip())

    @property
    def retry_schedule(self) -> RetrySchedule:
        """The delays of `retry_delays`; raises `ValueError` if they are malformed."""
        return RetrySchedule.read(self.retry_delays)


def lock_problems(settings: CoreSettings) -> list[str]:
    """Return what is wrong with `LOCKS`, if anything is."""
    if settings.locks == "cache" and settings.cache_url.startswith("memory:"):
        return [
            "LOCKS=cache needs a CACHE_URL such as redis://HOST:6379/0: locks in memory exclude "
            "no other process"
        ]
    return []


def lifecycle_problems(settings: CoreSettings) -> list[str]:
    """Return what is wrong with `LIFECYCLE_EVENTS`, if anything is."""
    if set(settings.lifecycle_kinds) <= {*KINDS}:
        return []
    return [f"LIFECYCLE_EVENTS names an unknown kind: use some of {', '.join(KINDS)}"]


def retry_schedule_problems(settings: CoreSettings) -> list[str]:
    """Return what is wrong with `RETRY_DELAYS`, if anything is."""
    try:
        _ = settings.retry_schedule
    except ValueError as error:
        return [f"RETRY_DELAYS is malformed: {error}"]
    return []


def worker_problems(settings: CoreSettings) -> list[str]:
    """Return what is wrong with the time of the worker's digest, without its value."""
    if (settings.worker_digest, settings.worker_time_zone) == (DIGEST, ZONE):
        return []
    # Only here: most commands need no calendar.
    from chassis.infrastructure.cron import Cron

    problems = []
    try:
        Cron(settings.worker_digest)
    except ValueError:
        problems.append(f"WORKER_DIGEST is malformed: write a cron expression, such as {DIGEST}")
    try:
        Cron(DIGEST, zone=settings.worker_time_zone)
    except ValueError:
        problems.append("WORKER_TIME_ZONE is unknown: use a name such as Europe/Berlin")
    return problems
