"""Durable jobs on the memory broker."""

import asyncio

import pytest

from chassis.application.failures import Failures
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.subscription import Rejection
from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.memory import queue
from chassis.infrastructure.memory.broker import MemoryBroker
from tests.memory_dead_letters import MemoryDeadLetters, MemoryUnrouted


def job(body: bytes) -> Envelope:
    return Envelope(new_id(system_clock()), "durable-job.tests.resize", body)


@pytest.fixture
def working(dead_letters: MemoryDeadLetters, unrouted: MemoryUnrouted) -> MemoryBroker:
    """A broker for a process with a worker; its events may match anything."""
    return MemoryBroker(
        dead_letters, unrouted, ["#"], unrouted_limit=3, jobs=["durable-job.tests.resize"]
    )


async def test_jobs_have_a_queue_of_their_own(working: MemoryBroker) -> None:
    sent = [job(b"job"), Envelope(new_id(system_clock()), "key", b"event")]
    publishing = asyncio.create_task(working.publisher.publish(sent))
    events = await working.subscription.receive(10)
    jobs = await working.jobs.receive(10)
    assert ([each.body for each in events], [each.body for each in jobs]) == ([b"event"], [b"job"])

    await working.subscription.ack(events)
    await working.jobs.ack(jobs)
    assert await publishing == {each.id for each in sent}


async def test_a_job_that_takes_long_keeps_no_publisher_waiting(
    working: MemoryBroker,
) -> None:
    slow = job(b"slow")
    assert await working.publisher.publish([slow]) == set()
    [delivery] = await working.jobs.receive(10)
    # It is with its worker: published again, it is neither queued twice nor confirmed.
    assert await working.publisher.publish([slow]) == set()

    await working.jobs.ack([delivery])
    assert await working.publisher.publish([slow]) == {slow.id}


async def test_without_a_worker_a_job_is_unrouted(
    broker: MemoryBroker, unrouted: MemoryUnrouted
) -> None:
    sent = job(b"job")
    assert await broker.publisher.publish([sent]) == {sent.id}
    assert await unrouted.count() == 1


async def test_a_failed_message_over_the_limit_of_bytes_is_asked_for_again(
    working: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LATER_BYTES", 1)
    slow = job(b"slow")
    assert await working.publisher.publish([slow]) == set()
    [delivery] = await working.jobs.receive(10)
    await working.jobs.reject([Rejection(delivery, "failed: no", Failures(1), delay=60)])

    publishing = asyncio.create_task(working.publisher.publish([slow]))
    [again] = await working.jobs.receive(10)
    assert again.failures == Failures(1)
    await working.jobs.ack([again])
    assert await publishing == {slow.id}
