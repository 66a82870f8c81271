"""Ingest in one flat file: take what the queue has, store it, ack, fill the cache and wake.

`python -m benchmarks.flat.ingest [--profile FILE]`, with `DATABASE_URL`, `BROKER_URL`,
`BROKER_QUEUE`, `BROKER_PREFETCH` and `CACHE_URL`.
"""

import argparse
import asyncio
import os
import signal
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import aio_pika
import msgspec
import redis.asyncio
from aiormq.abc import AbstractChannel, DeliveredMessage
from chassis.bootstrap import gc_tuning
from chassis.bootstrap.loop import loop_factory
from chassis.infrastructure.rabbitmq.upstream.deliveries import Deliveries
from msgspec import Meta, Raw, Struct
from prometheus_client import Counter, Histogram
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from benchmarks.flat.checks import TRACEPARENT, check, encode_label
from benchmarks.inside.profiled import profiled

BATCH = 500
RETENTION = timedelta(days=30)
CLOCK_SKEW = timedelta(minutes=5)
CACHE_TTL = 3_600_000

STORE = f"""
WITH appended AS (
    INSERT INTO journal (id, type, registered_at, receiver, action_type, data, traceparent)
    SELECT id, type, registered_at, receiver, action_type, decode(data, 'base64'), traceparent
    FROM (SELECT pg_advisory_xact_lock({0x5348_414C_0001})) AS lock,
        json_to_recordset($1::text::json) AS given (id UUID, type TEXT,
            registered_at TIMESTAMPTZ, receiver TEXT, action_type TEXT, data TEXT,
            traceparent TEXT)
    ON CONFLICT DO NOTHING
    RETURNING id, position
), added AS (
    INSERT INTO notifications (id, registered_at, receiver, action_type, action_data, actioner,
        fired_at, is_seen)
    SELECT id, registered_at, receiver, action_type, action_data, actioner, fired_at, is_seen
    FROM json_to_recordset($2::text::json) AS given (id UUID, registered_at TIMESTAMPTZ,
        receiver TEXT, action_type TEXT, action_data JSON, actioner TEXT, fired_at TIMESTAMPTZ,
        is_seen BOOLEAN)
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT (SELECT array_agg(id) FROM appended), (SELECT array_agg(position) FROM appended),
    (SELECT array_agg(id) FROM added)
"""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

INGESTED = Counter("events_ingested", "New events that were written to the journal.")
SIZES = Histogram("batch_size", "Events that shared a transaction.")

Label = Annotated[str, Meta(min_length=1, max_length=64)]
Time = Annotated[datetime, Meta(tz=True)]


class Notification(Struct):
    """A notification in events."""

    receiver: Label
    action_type: Label
    fired_at: Time
    id: UUID
    registered_at: Time
    action_data: dict[str, Any] = {}
    actioner: Label | None = None
    is_seen: bool = False


class Event(Struct):
    """CloudEvents 1.0, structured."""

    specversion: Literal["1.0"]
    id: UUID
    source: Annotated[str, Meta(min_length=1)]
    type: Literal["notification.registered.v1"]
    subject: str
    time: Time
    datacontenttype: Literal["application/json"]
    data: Raw
    traceparent: str | None = None
    requestid: str | None = None


class Entry(Struct):
    """A row of the journal."""

    id: UUID
    type: str
    registered_at: datetime
    receiver: str
    action_type: str
    data: bytes
    traceparent: str | None


encoder = msgspec.json.Encoder()
decoder = msgspec.json.Decoder(Event)
data_decoder = msgspec.json.Decoder(Notification)


class Consumer:
    """Stores what the queue hands out, as one batch after the other."""

    def __init__(
        self, channel: AbstractChannel, engine: AsyncEngine, cache: redis.asyncio.Redis
    ) -> None:
        self._channel = channel
        # The one statement is a transaction by itself.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._cache = cache
        self._buffer: deque[DeliveredMessage] = deque()
        self._arrived = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None

    def take(self, message: DeliveredMessage) -> None:
        """Keep a delivery for the next batch."""
        self._buffer.append(message)
        self._arrived.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            while not self._buffer:
                self._arrived.clear()
                await self._arrived.wait()
            taken = [self._buffer.popleft() for _ in range(min(BATCH, len(self._buffer)))]
            SIZES.observe(len(taken))
            fresh = await self._store([checked(decoder.decode(each.body)) for each in taken])
            if self._telling is not None:
                await self._telling
            self._telling = asyncio.create_task(self._tell(fresh))
            await self._channel.basic_ack(taken[-1].delivery_tag or 0, multiple=True)

    async def _store(self, taken: Sequence[tuple[Entry, Notification]]) -> list[Notification]:
        unique = {entry.id: (entry, notification) for entry, notification in taken}
        entries = encoder.encode([entry for entry, _ in unique.values()]).decode()
        rows = encoder.encode([notification for _, notification in unique.values()]).decode()
        async with self._engine.connect() as connection:
            result = await connection.exec_driver_sql(STORE, (entries, rows))
            appended, _, added = result.one()
        if not appended:
            return []
        INGESTED.inc(len(appended))
        # An existing row may have been seen since: do not cache it.
        own = set(added or ())
        return [unique[identity][1] for identity in appended if identity in own]

    async def _tell(self, fresh: Sequence[Notification]) -> None:
        await self._cache.publish("bench:journal", b"flat")
        async with self._cache.pipeline(transaction=False) as pipeline:
            for each in fresh:
                value = encoder.encode(each)
                pipeline.execute_command(
                    "SET", f"bench:cache:{each.id}", value, "PX", CACHE_TTL, "NX"
                )
            await pipeline.execute()


def checked(event: Event) -> tuple[Entry, Notification]:
    """Return both rows, with what only the id may say; refuse what could not be stored."""
    identity, data = event.id, data_decoder.decode(event.data)
    time = EPOCH + (identity.int >> 80) * MILLISECOND
    now = datetime.now(UTC)
    if identity.version != 7 or not now - RETENTION <= time <= now + CLOCK_SKEW:
        raise ValueError("an id that cannot be stored")
    encode_label(data.receiver)
    encode_label(data.action_type)
    check(data.actioner, data.action_data)
    data.id, data.registered_at, data.is_seen = identity, time, False
    data.fired_at = data.fired_at.astimezone(UTC)
    # As the service does: what is no trace might be no text that can be stored, either.
    traceparent = event.traceparent
    if traceparent is not None and not TRACEPARENT.fullmatch(traceparent):
        traceparent = None
    text = bytes(event.data)
    if b"\n" in text or b"\r" in text:
        text = text.replace(b"\r", b" ").replace(b"\n", b" ")
    entry = Entry(identity, event.type, time, event.subject, data.action_type, text, traceparent)
    return entry, data


async def taken_before(_: DeliveredMessage) -> None:
    """Do nothing, since `Deliveries` has taken it."""


async def main() -> None:
    """Consume until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    # As the service sets them.
    settings = {
        "statement_timeout": "10s",
        "lock_timeout": "8s",
        "idle_in_transaction_session_timeout": "4s",
        "plan_cache_mode": "force_custom_plan",
    }
    connect = {"command_timeout": 12.0, "server_settings": settings}
    engine = create_async_engine(os.environ["DATABASE_URL"], connect_args=connect)
    cache = redis.asyncio.from_url(os.environ["CACHE_URL"])
    async with await aio_pika.connect(os.environ["BROKER_URL"]) as connection:
        channel = await connection.channel()
        await channel.set_qos(int(os.environ["BROKER_PREFETCH"]))
        protocol = await channel.get_underlay_channel()
        consumer = Consumer(protocol, engine, cache)
        has_room = asyncio.Event()
        has_room.set()
        Deliveries.stand_in(protocol, consumer.take, has_room)
        await protocol.basic_consume(os.environ["BROKER_QUEUE"], taken_before)
        gc_tuning.freeze()
        print("consuming", flush=True)
        working = asyncio.create_task(consumer.run())
        told = asyncio.create_task(stopping.wait())
        await asyncio.wait((working, told), return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    await cache.aclose()
    await engine.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile")
    with (
        profiled(parser.parse_args().profile),
        asyncio.Runner(loop_factory=loop_factory()) as runner,
    ):
        runner.run(main())
