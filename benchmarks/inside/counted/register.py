"""Register: from the JSON of a request to the answer, on a database in memory."""

import asyncio

import msgspec
from app.application.notification.commands.register import RegisterHandler
from app.application.notification.messages import NewNotification, Register
from chassis.application.backlog import Backlog
from chassis.application.commands.batcher import CommandBatcher
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import (
    MemoryDatabase,
    MemoryOutboxReader,
    MemoryUnitOfWork,
    memory_notifications,
)
from tests.unit.support import RecordingMetrics, RecordingSignal

CALLERS = 64
MAX_BATCH = 1000
MARK = 1_000_000
BODY = b'{"receiver":"ada","action_type":"order.paid","action_data":{"order":"A-7","total":12.5}}'

_decoder = msgspec.json.Decoder(NewNotification)


async def run(rounds: int) -> None:
    """Have all callers answered, again and again, by a batcher that runs as in the service."""
    database, metrics = MemoryDatabase(), RecordingMetrics()
    commands = CommandBatcher(MemoryUnitOfWork(database), RecordingSignal(), metrics)
    backlog = Backlog(MemoryOutboxReader(database), system_clock, metrics, MARK)
    codec = CloudEventsCodec("/counted")
    handle = RegisterHandler(
        commands, memory_notifications, codec, backlog, system_clock, metrics, MAX_BATCH
    )
    stopping = asyncio.Event()
    running = asyncio.create_task(commands.run(stopping))
    empty = database.state
    for _ in range(rounds):
        # A transaction copies what is stored: each begins with as much.
        database.state = empty.copy()
        asked = [handle(Register((_decoder.decode(BODY),))) for _ in range(CALLERS)]
        await asyncio.gather(*asked)
        assert len(database.state.outbox) == len(database.state.notifications) == CALLERS
    stopping.set()
    await running
