"""Remote jobs over RabbitMQ: lost connections, other clients, and what the broker keeps."""

import asyncio
import json
from collections.abc import AsyncIterator

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from chassis.application.errors import Busy, NoWorker, OutcomeUnknown, Unavailable
from chassis.infrastructure.rabbitmq import topology
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.declaring import declare
from chassis.infrastructure.rabbitmq.rpc.messages import REPLY_TO
from chassis.infrastructure.rabbitmq.rpc.server import RabbitRpcServer
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.contract.rpc_jobs import Handlers, Hold, Look, Mirror, Point
from tests.chassis.contract.rpc_places import RabbitPlace, Worker, caller, rabbitmq
from tests.chassis.integration.rabbitmq.brokers import channel, consumers, waiting
from tests.servers.rabbitmq import RabbitmqServer
from tests.unit.support import RecordingMetrics

LONG = 20.0


@pytest.fixture
def handlers() -> Handlers:
    return Handlers([])


@pytest.fixture
async def place(request: pytest.FixtureRequest) -> AsyncIterator[RabbitPlace]:
    async with rabbitmq(request) as subject, asyncio.timeout(50):
        yield subject


@pytest.fixture
async def worker(place: RabbitPlace, broker_url: str, handlers: Handlers) -> AsyncIterator[Worker]:
    working = Worker(place, handlers.table, RecordingMetrics())
    queue = place.topology.remote_job("Wrong")
    while not await consumers(broker_url, queue):
        await asyncio.sleep(0.02)
    yield working
    handlers.open.set()
    await working.stop()


async def mirrored(place: RabbitPlace) -> None:
    """Return once calls are answered."""
    jobs = caller(place)
    while True:
        try:
            assert await jobs.ask(Mirror(point=Point(1, 2)), LONG) == Point(-1, -2)
        except (NoWorker, OutcomeUnknown):
            await asyncio.sleep(0.05)
        else:
            return


async def test_a_lost_connection_ends_the_calls_in_flight_and_the_next_opens_another(
    place: RabbitPlace, worker: Worker, handlers: Handlers
) -> None:
    jobs = caller(place)
    connection = place.connections[-1]
    held = [asyncio.create_task(jobs.ask(Hold(name=n), LONG)) for n in ("a", "b")]
    await handlers.began(2)

    connection.cut()
    for error in await asyncio.gather(*held, return_exceptions=True):
        assert isinstance(error, OutcomeUnknown)
    handlers.open.set()
    assert await jobs.ask(Hold(name="c"), LONG) == "C"


async def test_a_worker_that_loses_its_connection_opens_another(
    place: RabbitPlace, worker: Worker
) -> None:
    for connection in place.connections[:2]:
        connection.cut()

    await mirrored(place)


async def test_a_queue_that_is_deleted_is_made_again(
    place: RabbitPlace, worker: Worker, broker_url: str
) -> None:
    async with channel(broker_url) as other:
        queue = await other.get_queue(place.topology.remote_job("Mirror"))
        await queue.delete(if_unused=False, if_empty=False)

    await mirrored(place)


async def test_without_a_broker_nothing_is_sent() -> None:
    table = Topology(exchange="x", queue="x", bindings=(), prefetch=1, unrouted_limit=1)
    place = RabbitPlace("amqp://127.0.0.1:1/", table)

    with pytest.raises(Unavailable, match="refuses the connection") as caught:
        await caller(place).ask(Hold(name="a"), LONG)
    assert type(caught.value) is Unavailable


async def test_after_a_restart_of_the_broker_calls_are_answered(
    own_rabbitmq: RabbitmqServer, handlers: Handlers
) -> None:
    table = Topology(exchange="x", queue="x", bindings=(), prefetch=1, unrouted_limit=1)
    place = RabbitPlace(own_rabbitmq.url, table)
    working = Worker(place, handlers.table, RecordingMetrics())
    await mirrored(place)
    held = asyncio.create_task(caller(place).ask(Hold(name="a"), LONG))
    await handlers.began(1)

    await asyncio.to_thread(own_rabbitmq.kill)
    with pytest.raises(OutcomeUnknown):
        await held
    await asyncio.to_thread(own_rabbitmq.start)

    jobs = caller(place)
    while True:
        try:
            await jobs.ask(Mirror(point=Point(0, 0)), LONG)
        except Unavailable:
            await asyncio.sleep(0.1)
        else:
            break
    handlers.open.set()
    await working.stop()
    await place.close()


async def test_a_full_queue_refuses_at_once(
    place: RabbitPlace, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = {**topology.REQUEST_QUEUE, "x-max-length": 1}
    monkeypatch.setattr(topology, "REQUEST_QUEUE", queue)
    await declare(place.connection(), place.topology.serving(["Hold"]))
    jobs = caller(place)
    first = asyncio.create_task(jobs.ask(Hold(name="a"), LONG))
    while not await waiting(broker_url, place.topology.remote_job("Hold")):
        await asyncio.sleep(0.02)

    with pytest.raises(Busy, match="too many requests wait"):
        await jobs.ask(Hold(name="b"), LONG)
    first.cancel()
    await asyncio.wait([first])


async def test_another_client_gets_an_answer_without_an_expiration(
    place: RabbitPlace, worker: Worker, broker_url: str
) -> None:
    async with channel(broker_url) as other:
        body = b'{"point": {"x": 1, "y": 2}}'
        reply = await _ask(other, place.topology.remote_job("Mirror"), body, "Mirror")
        assert json.loads(reply.body) == {"result": {"x": -1, "y": -2}}
        assert (reply.correlation_id, reply.content_type) == ("7", "application/json")
        unknown = await _ask(other, place.topology.remote_job("Mirror"), body, "Other")
        assert json.loads(unknown.body)["error"]["kind"] == "not-served"


async def test_a_request_that_wants_no_reply_is_acked(
    place: RabbitPlace, worker: Worker, broker_url: str
) -> None:
    queue = place.topology.remote_job("Mirror")
    async with channel(broker_url) as other:
        for body in (b"no json", b'{"point": {"x": 1, "y": 2}}'):
            message = aio_pika.Message(body, type="Mirror")
            await other.default_exchange.publish(message, queue)
    while worker.metrics.counters.get("remote_job_requests:Mirror:handled") != 1:
        await asyncio.sleep(0.02)
    await worker.stop()

    assert worker.metrics.counters["remote_job_requests:Mirror:refused"] == 1
    assert await waiting(broker_url, queue) == 0


async def test_the_queues_are_declared_as_they_are_described(
    place: RabbitPlace, worker: Worker, broker_url: str
) -> None:
    table = Topology(
        exchange=place.topology.exchange,
        queue=f"{place.topology.exchange}.queue",
        bindings=(),
        prefetch=1,
        unrouted_limit=1,
        jobs=("Mirror",),
    )
    assert f"{table.exchange}.rpc.Mirror" in str(table.described()["queue"])
    broker = RabbitBroker(broker_url, table)
    assert await broker.advice() is None
    await broker.close()


async def test_a_request_expires_though_its_caller_has_died(
    place: RabbitPlace, worker: Worker, broker_url: str, handlers: Handlers
) -> None:
    jobs, dying = caller(place), caller(place)
    held = [asyncio.create_task(jobs.ask(Hold(name=n), LONG)) for n in "ab"]
    await handlers.began(2)
    waits = asyncio.create_task(dying.ask(Hold(name="expired"), within=2.0))
    while not await waiting(broker_url, place.topology.remote_job("Hold")):
        await asyncio.sleep(0.02)

    place.connections[-1].cut()
    with pytest.raises(OutcomeUnknown):
        await waits
    await asyncio.sleep(2.5)
    handlers.open.set()
    assert await asyncio.gather(*held) == ["A", "B"]
    assert await jobs.ask(Hold(name="later"), LONG) == "LATER"
    assert sorted(handlers.begun) == ["a", "b", "later"]


async def test_a_stop_returns_what_has_been_delivered(place: RabbitPlace, broker_url: str) -> None:
    server = RabbitRpcServer(place.connection(), place.connection(), place.topology)
    jobs = caller(place)
    await server.start(["Hold"], lambda _: None)
    asked = [asyncio.create_task(jobs.ask(Hold(name=n), LONG)) for n in "ab"]
    queue = place.topology.remote_job("Hold")
    consumer = server._consumer
    assert consumer is not None
    while len(consumer._buffer) < 2:
        await asyncio.sleep(0.02)

    calls = await server.stop()
    assert sorted(call.request.body for call in calls) == [b'{"name":"a"}', b'{"name":"b"}']
    for call in calls:
        server.reply(call, b'{"result":"done"}')
    assert await asyncio.gather(*asked) == ["done", "done"]
    await server.close()
    assert await waiting(broker_url, queue) == 0


async def test_each_job_has_its_own_places(
    place: RabbitPlace, worker: Worker, handlers: Handlers
) -> None:
    jobs = caller(place)
    held = [asyncio.create_task(jobs.ask(Hold(name=n), LONG)) for n in "abcd"]
    await handlers.began(2)

    assert await jobs.ask(Mirror(point=Point(1, 2)), LONG) == Point(-1, -2)
    looking = asyncio.create_task(jobs.ask(Look(name="x"), LONG))
    await handlers.began(3)
    assert sorted(handlers.begun) == ["a", "b", "x"]
    handlers.open.set()
    assert await asyncio.gather(*held, looking) == ["A", "B", "C", "D", "X"]


async def _ask(
    other: AbstractChannel, queue: str, body: bytes, job: str
) -> AbstractIncomingMessage:
    """Ask as the documentation of RabbitMQ shows it."""
    replies: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    direct = await other.get_queue(REPLY_TO, ensure=False)
    tag = await direct.consume(replies.put, no_ack=True)
    message = aio_pika.Message(body, reply_to=REPLY_TO, correlation_id="7", type=job)
    await other.default_exchange.publish(message, queue)
    reply = await replies.get()
    await direct.cancel(tag)
    return reply
