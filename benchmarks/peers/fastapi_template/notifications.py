"""Put into the generated project as `web/api/notifications.py`: insert, commit, publish, answer.

It takes the session and the pool of channels from the project's own dependencies, as the routers
that the template brings as examples do.
"""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from aio_pika import Channel, DeliveryMode, Message
from aio_pika.pool import Pool
from fastapi import APIRouter, Depends
from peer.db.base import Base
from peer.db.dependencies import get_db_session
from peer.services.rabbit.dependencies import get_rmq_channel_pool
from pydantic import BaseModel, Field
from sqlalchemy import JSON, DateTime
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

EXCHANGE = "generated"

router = APIRouter()


class NotificationModel(Base):
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


class NewNotification(BaseModel):
    """A notification as a caller gives it."""

    receiver: str = Field(min_length=1, max_length=64)
    action_type: str = Field(min_length=1, max_length=64)
    action_data: dict[str, Any] = {}
    actioner: str | None = Field(default=None, max_length=64)
    fired_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Notification(NewNotification):
    """A notification as the message has it."""

    id: UUID = Field(default_factory=uuid4)
    registered_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Accepted(BaseModel):
    """The id of what was accepted."""

    id: UUID


@router.post("/notifications", status_code=202)
async def register(
    new: NewNotification,
    session: Annotated[AsyncSession, Depends(get_db_session)],
    pool: Annotated[Pool[Channel], Depends(get_rmq_channel_pool)],
) -> Accepted:
    """Commit before the message is published, and wait for the broker's confirm."""
    notification = Notification(**new.model_dump())
    session.add(NotificationModel(**notification.model_dump()))
    await session.commit()
    message = Message(
        notification.model_dump_json().encode(),
        content_type="application/json",
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    async with pool.acquire() as channel:
        exchange = await channel.get_exchange(EXCHANGE, ensure=False)
        await exchange.publish(message, f"notification.{new.action_type}.{new.receiver}")
    return Accepted(id=notification.id)
