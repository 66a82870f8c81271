"""Litestar, SQLAlchemy and aio-pika: a transaction and a confirmed publish for each request.

`uvicorn litestar_sqlalchemy:app`, with `DATABASE_URL`, `BROKER_URL` and `BROKER_EXCHANGE`.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import aio_pika
import msgspec
from litestar import Litestar, post
from litestar.datastructures import State
from msgspec import Meta, Struct
from sqlalchemy import JSON, DateTime
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CONNECTIONS = 20

Label = Annotated[str, Meta(min_length=1, max_length=64)]


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
    is_seen: Mapped[bool] = mapped_column(default=False)


class NewNotification(Struct, forbid_unknown_fields=True):
    """A notification as a caller gives it."""

    receiver: Label
    action_type: Label
    action_data: dict[str, Any] = {}
    actioner: Label | None = None
    fired_at: datetime | None = None


class Accepted(Struct):
    """The id of what was accepted."""

    id: UUID


@post("/notifications", status_code=202)
async def register(data: NewNotification, state: State) -> Accepted:
    """Store, commit, publish, answer."""
    identity, now = uuid4(), datetime.now(UTC)
    values = {**msgspec.structs.asdict(data), "fired_at": data.fired_at or now}
    async with state.sessions.begin() as session:
        session.add(Row(id=identity, registered_at=now, **values))
    message = aio_pika.Message(
        msgspec.json.encode({"id": identity, "registered_at": now, **values}),
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    key = f"notification.{data.action_type}.{data.receiver}"
    await state.exchange.publish(message, key)
    return Accepted(identity)


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    """Hold the connections for as long as the application runs."""
    engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=CONNECTIONS, max_overflow=0)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    async with await aio_pika.connect_robust(os.environ["BROKER_URL"]) as connection:
        # A channel waits for the confirm of each message, unless it is told not to.
        channel = await connection.channel()
        app.state.exchange = await channel.get_exchange(os.environ["BROKER_EXCHANGE"])
        yield
    await engine.dispose()


app = Litestar([register], lifespan=[connected], openapi_config=None)
