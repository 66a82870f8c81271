"""A durable job: a message that is committed with its sender's data, and handled by a worker."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from chassis.application.bus import HandlerFactory
from chassis.application.event import Event, new_event
from chassis.application.message import Message
from chassis.domain.ids import new_id, time_of

# The aggregate of all durable jobs, by which their events are routed.
AGGREGATE = "durable-job"

_KIND = re.compile(r"([a-z][a-z0-9_-]{0,63})\.v[1-9][0-9]{0,5}")


class DurableJob(Message[None], frozen=True, kw_only=True):
    """The base of all durable jobs; their fields are the data of an event.

    `kind` is a name and a version, such as `resize.v1`: it stays the same when the class gets
    another name. A handler that takes longer than `limit`, in seconds, fails.
    """

    kind: ClassVar[str] = ""
    limit: ClassVar[float] = 60.0


class JobRow(Struct, frozen=True):
    """A row of the table of durable jobs: a job and the factory of its handler."""

    job: type[DurableJob]
    handler: HandlerFactory


def by_type(table: Mapping[type[DurableJob], HandlerFactory]) -> dict[str, JobRow]:
    """Return a container's table by the type of the events.

    Raises `ValueError` for a malformed kind, or for one that two jobs have.
    """
    rows: dict[str, JobRow] = {}
    for job, handler in table.items():
        if not _KIND.fullmatch(job.kind):
            raise ValueError(f"the durable job {job.__name__} needs a kind such as 'resize.v1'")
        if (kind := type_of(job)) in rows:
            both = f"{rows[kind].job.__name__} and {job.__name__}"
            raise ValueError(f"the durable jobs {both} have the same kind: change one")
        rows[kind] = JobRow(job, handler)
    return rows


def type_of(job: type[DurableJob]) -> str:
    """Return the type of the job's events."""
    return f"{AGGREGATE}.{job.kind}"


def is_job(kind: str) -> bool:
    """Return whether events of this type are durable jobs."""
    return kind.startswith(f"{AGGREGATE}.")


def job_bindings(source: str, table: Iterable[str]) -> list[str]:
    """Return the bindings of the jobs' queue, for the types in `table` and this service alone."""
    return [".".join(_key(source, kind)) for kind in table]


def job_event(
    job: DurableJob, source: str, now: datetime, not_before: datetime | None = None
) -> Event:
    """Return the event that carries `job` to a worker of the service `source`.

    Raises `Invalid` if `not_before` has no time zone.
    """
    kind, identity = type_of(type(job)), new_id(now)
    key = _key(source, kind)
    return new_event(
        kind,
        job,
        id=identity,
        time=time_of(identity),
        subject=key[-1],
        key=key,
        not_before=not_before,
    )


def _key(source: str, kind: str) -> tuple[str, str, str]:
    # Another service on the same exchange may have a job of the same name.
    return AGGREGATE, source.strip("/"), kind.split(".")[1]
