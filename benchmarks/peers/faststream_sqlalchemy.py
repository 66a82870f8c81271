"""FastStream: for each message an insert by SQLAlchemy, a commit, and a SET in Redis; then its ack.

`python faststream_sqlalchemy.py`, with `DATABASE_URL`, `BROKER_URL`, `BROKER_QUEUE`,
`BROKER_PREFETCH` and `CACHE_URL`.
"""

import asyncio
import json
import os
from datetime import datetime
from typing import Any
from uuid import UUID

import redis.asyncio
import uvloop
from faststream import FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitMessage, RabbitQueue
from pydantic import BaseModel
from sqlalchemy import JSON, DateTime
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CONNECTIONS = 20
CACHE_TTL = 3600


class Base(DeclarativeBase):
    """The tables."""


class Row(Base):
    """A notification as it is stored."""

    __tablename__ = "notifications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    registered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    receiver: Mapped[str]
    action_type: Mapped[str]
    action_data: Mapped[dict[str, Any]] = mapped_column(JSON)
    actioner: Mapped[str | None]
    fired_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    is_seen: Mapped[bool]


class Notification(BaseModel):
    """A notification in events."""

    id: UUID
    registered_at: datetime
    receiver: str
    action_type: str
    action_data: dict[str, Any]
    actioner: str | None
    fired_at: datetime
    is_seen: bool


class Event(BaseModel):
    """The part of the event that is needed here."""

    data: Notification


engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=CONNECTIONS, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
cache = redis.asyncio.from_url(os.environ["CACHE_URL"])
# Without a log line for each message.
broker = RabbitBroker(os.environ["BROKER_URL"], logger=None)
app = FastStream(broker, logger=None)
queue = RabbitQueue(os.environ["BROKER_QUEUE"], declare=False)


async def decoded(message: RabbitMessage) -> Any:
    """Return the body: JSON, though its content type is that of CloudEvents."""
    return json.loads(message.body)


@broker.subscriber(
    queue, channel=Channel(prefetch_count=int(os.environ["BROKER_PREFETCH"])), decoder=decoded
)
async def ingest(event: Event) -> None:
    """Store, commit, cache; FastStream acks what returns."""
    notification = event.data
    async with sessions.begin() as session:
        session.add(Row(**notification.model_dump()))
    await cache.set(f"cache:{notification.id}", notification.model_dump_json(), ex=CACHE_TTL)


@app.on_startup
async def prepare() -> None:
    """Make the table."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


@app.after_startup
async def tell() -> None:
    """Say that it consumes."""
    print("consuming", flush=True)


@app.after_shutdown
async def close() -> None:
    """Close the connections."""
    await engine.dispose()
    await cache.aclose()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(app.run())
