import asyncio
from uuid import UUID

import pytest

from chassis.application import relay as module
from chassis.application.errors import Unavailable
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.outbox_reader import WEIGHT
from chassis.application.relay import WORKERS, Relay
from chassis.domain.ids import new_id
from tests.chassis.unit.application.relaying import Broker
from tests.memory_database import MemoryDatabase, MemoryOutboxReader, MemoryUnitOfWork
from tests.unit.support import ManualClock, RecordingMetrics, RecordingSignal, lines


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def relay(
    database: MemoryDatabase, broker: Broker, signal: RecordingSignal, metrics: RecordingMetrics
) -> Relay:
    return Relay(MemoryOutboxReader(database), broker, signal, metrics)


@pytest.fixture
async def ids(work: MemoryUnitOfWork, clock: ManualClock) -> list[UUID]:
    """Three envelopes in the outbox."""
    ids = [new_id(clock()) for _ in range(3)]
    async with work.begin() as transaction:
        await transaction.outbox.add([Envelope(identity, "key", b"body") for identity in ids])
    return ids


def waiting(database: MemoryDatabase) -> list[UUID]:
    return list(database.state.outbox)


async def test_what_the_broker_confirmed_leaves_the_outbox(
    relay: Relay,
    broker: Broker,
    database: MemoryDatabase,
    metrics: RecordingMetrics,
    ids: list[UUID],
) -> None:
    assert await relay.step() is True

    assert broker.published == ids
    assert waiting(database) == []
    assert metrics.counters == {"events_published": 3}
    assert metrics.observed["actor_batch_size:relay"] == [3]


async def test_what_the_broker_refused_stays_and_comes_again_later(
    relay: Relay,
    broker: Broker,
    database: MemoryDatabase,
    metrics: RecordingMetrics,
    clock: ManualClock,
    ids: list[UUID],
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker.refused = {*ids[1:]}

    assert await relay.step() is True
    assert waiting(database) == ids[1:]
    assert metrics.counters == {"events_published": 1, "events_nacked": 2}
    [line] = lines(caplog, "broker refused events, trying again later")
    assert line["count"] == 2
    assert await relay.step() is False

    broker.refused = set()
    clock.turn(hours=1)
    assert await relay.step() is True
    assert broker.published == ids


async def test_a_broker_that_refuses_all_is_not_asked_again_at_once(
    relay: Relay, broker: Broker, database: MemoryDatabase, ids: list[UUID]
) -> None:
    broker.refused = set(ids)

    assert await relay.step() is False
    assert waiting(database) == ids


async def test_an_empty_outbox_is_no_work(relay: Relay, broker: Broker) -> None:
    assert await relay.step() is False
    assert not broker.asked.is_set()


async def test_a_batch_is_bounded_and_oldest_first(
    relay: Relay, broker: Broker, ids: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)

    assert await relay.step() is True
    assert broker.published == ids[:2]
    assert await relay.step() is True
    assert broker.published == ids


async def test_a_broker_that_is_away_loses_nothing_and_costs_no_attempt(
    relay: Relay, broker: Broker, database: MemoryDatabase, ids: list[UUID]
) -> None:
    broker.error = Unavailable("the broker does not answer")
    with pytest.raises(Unavailable):
        await relay.step()
    assert waiting(database) == ids

    broker.error = None
    assert await relay.step() is True
    assert broker.published == ids


async def test_a_relay_that_is_cancelled_leaves_its_batch_to_the_next(
    relay: Relay, broker: Broker, database: MemoryDatabase, ids: list[UUID]
) -> None:
    broker.there.clear()
    draining = asyncio.create_task(relay.step())
    await broker.asked.wait()
    assert await relay.step() is False

    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)

    broker.there.set()
    assert await relay.step() is True
    assert broker.published == ids


@pytest.fixture
def slow_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put batches so far apart that no machine is too slow to see it."""
    monkeypatch.setattr(module, "INTERVAL", 60.0)


@pytest.mark.usefixtures("slow_pace")
async def test_batches_begin_apart_and_the_first_at_once(
    relay: Relay, ids: list[UUID], waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 1)

    assert await relay.step() is True
    assert not any(waits)
    assert await relay.step() is True
    assert max(waits) == pytest.approx(module.INTERVAL, abs=10)


async def test_it_rests_until_the_bell_rings_and_not_for_ever(
    relay: Relay, signal: RecordingSignal, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeouts = []

    async def wait(timeout: float) -> None:
        timeouts.append(timeout)

    monkeypatch.setattr(signal, "wait", wait)

    await relay.rest()

    assert timeouts == [module.POLL]


@pytest.mark.parametrize("poll", (60.0, 0.001))
async def test_it_follows_the_bell_and_looks_by_itself(
    relay: Relay,
    broker: Broker,
    work: MemoryUnitOfWork,
    signal: RecordingSignal,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    poll: float,
) -> None:
    monkeypatch.setattr(module, "POLL", poll)
    stopping = asyncio.Event()
    running = asyncio.create_task(relay.run(stopping))
    for _ in range(5):
        await asyncio.sleep(0)
    async with work.begin() as transaction:
        await transaction.outbox.add([Envelope(new_id(clock()), "key", b"body")])
    if poll > 1:
        await signal.notify()

    async with asyncio.timeout(1):
        await broker.asked.wait()
        stopping.set()
        await running
    assert len(broker.published) == 1


async def test_stopping_waits_for_the_batch_under_way(
    relay: Relay, broker: Broker, database: MemoryDatabase, ids: list[UUID]
) -> None:
    broker.there.clear()
    stopping = asyncio.Event()
    running = asyncio.create_task(relay.run(stopping))
    await broker.asked.wait()

    stopping.set()
    await asyncio.sleep(0)
    assert not running.done()
    broker.there.set()
    await running

    assert waiting(database) == []


async def test_what_is_new_is_published_while_a_batch_waits_for_its_confirms(
    relay: Relay,
    broker: Broker,
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    signal: RecordingSignal,
    clock: ManualClock,
    ids: list[UUID],
) -> None:
    broker.there.clear()
    stopping = asyncio.Event()
    running = asyncio.create_task(relay.run(stopping))
    await broker.asked.wait()
    broker.asked.clear()
    async with work.begin() as transaction:
        await transaction.outbox.add([Envelope(new_id(clock()), "key", b"body")])
    await signal.notify()
    async with asyncio.timeout(1):
        await broker.asked.wait()
    assert broker.published == []

    stopping.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not running.done()
    broker.there.set()
    await running

    assert len(broker.published) == len(ids) + 1
    assert waiting(database) == []


@pytest.mark.parametrize("writers", (1, 10))
async def test_all_claims_together_are_no_heavier_than_one_may_be(
    database: MemoryDatabase,
    broker: Broker,
    signal: RecordingSignal,
    metrics: RecordingMetrics,
    work: MemoryUnitOfWork,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    writers: int,
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0)
    size = WEIGHT // WORKERS // 2
    async with work.begin() as transaction:
        bodies = [bytes(size)] * (4 * WORKERS)
        await transaction.outbox.add([Envelope(new_id(clock()), "key", body) for body in bodies])
    broker.there.clear()
    relay = Relay(MemoryOutboxReader(database), broker, signal, metrics, writers)
    assert relay.workers == min(WORKERS, writers)
    running = asyncio.create_task(relay.run(asyncio.Event()))
    for _ in range(20):
        await asyncio.sleep(0)

    claimed = [row for row in database.state.outbox.values() if row.claimed]
    assert len(claimed) * size == WEIGHT
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_one_that_has_stopped_leaves_the_rest_to_others(
    database: MemoryDatabase, broker: Broker, signal: RecordingSignal, metrics: RecordingMetrics
) -> None:
    reader = MemoryOutboxReader(database)
    stopping = asyncio.Event()
    running = asyncio.create_task(Relay(reader, broker, signal, metrics).run(stopping))
    await asyncio.sleep(0)
    assert not reader.is_released

    stopping.set()
    await running

    assert reader.is_released


async def test_one_whose_database_is_away_stops_all_the_same(
    relay: Relay, database: MemoryDatabase
) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(relay.run(stopping))
    await asyncio.sleep(0)
    database.available = False

    stopping.set()
    async with asyncio.timeout(1):
        await running
