"""A durable job as an event, and the table of the handlers."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import msgspec
import pytest

from chassis.application.bindings import routing_key
from chassis.application.durable_jobs.durable_job import (
    DurableJob,
    by_type,
    is_job,
    job_bindings,
    job_event,
    type_of,
)
from chassis.application.durable_jobs.durable_jobs import DurableJobs
from chassis.domain.errors import Invalid
from chassis.domain.ids import time_of
from chassis.infrastructure.memory.bindings import Bindings
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.chassis.unit.application.durable_jobs.jobs import SOURCE, Resize, never
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock, RecordingSignal

NOW = datetime(2026, 5, 1, tzinfo=UTC)


class Same(DurableJob, frozen=True):
    kind: ClassVar[str] = "resize.v1"


def test_it_is_an_event_whose_data_are_its_fields() -> None:
    event = job_event(Resize(picture="a.png"), SOURCE, NOW)
    assert msgspec.json.decode(event.data) == {"picture": "a.png"}
    assert (event.type, event.subject) == ("durable-job.resize.v1", "resize")
    assert (event.time, time_of(event.id), event.not_before) == (NOW, NOW, None)
    assert is_job(event.type)
    assert not is_job("order.placed.v1")


def test_it_reaches_the_workers_of_its_own_service_alone() -> None:
    types = by_type({Resize: lambda: never})
    for source, is_taken in ((SOURCE, True), ("/another", False)):
        key = routing_key(job_event(Resize(picture="a.png"), source, NOW))
        assert Bindings(job_bindings(SOURCE, types)).take(key) is is_taken


@pytest.mark.parametrize("wrong", ("", "resize", "resize.v0", "Resize.v1", "a.b.v1", "resize.v1 "))
def test_a_malformed_kind_is_refused(wrong: str) -> None:
    class Wrong(DurableJob, frozen=True):
        kind: ClassVar[str] = wrong

    with pytest.raises(ValueError, match="the durable job Wrong needs a kind"):
        by_type({Wrong: lambda: never})


def test_two_jobs_of_one_kind_are_refused() -> None:
    assert type_of(Same) == type_of(Resize)
    with pytest.raises(ValueError, match="Resize and Same have the same kind"):
        by_type({Resize: lambda: never, Same: lambda: never})


async def test_sending_commits_it_and_wakes_the_relay() -> None:
    clock, signal = ManualClock(NOW), RecordingSignal()
    database = MemoryDatabase(clock)
    codec = CloudEventsCodec(SOURCE)
    jobs = DurableJobs(MemoryUnitOfWork(database), codec, signal, clock, SOURCE)

    soon = await jobs.send(Resize(picture="a.png"))
    later = await jobs.send(Resize(picture="b.png"), not_before=NOW + timedelta(hours=1))

    rows = database.state.outbox
    assert [*rows] == [soon, later]
    assert rows[later].envelope.not_before == NOW + timedelta(hours=1)
    assert rows[soon].envelope.routing_key == "durable-job.tests.resize"
    assert signal.notified == 2
    with pytest.raises(Invalid, match="not_before"):
        await jobs.send(Resize(picture="c.png"), not_before=datetime(2026, 5, 1))
    assert len(rows) == 2
