"""FastAPI and SQLModel on SQLite, with a commit for each request.

`uvicorn fastapi_sqlmodel:app`, with `DATABASE_FILE`. As the documentation of both writes it: a
session for each request, in the threads that FastAPI has for functions that block.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from sqlite3 import Connection as SqliteConnection
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI
from sqlalchemy import event
from sqlmodel import JSON, Column, Field, Session, SQLModel, create_engine, text

# The settings of the service, and how long a writer waits for another.
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 60000")


class NewNotification(SQLModel):
    """A notification as a caller gives it."""

    receiver: str = Field(min_length=1, max_length=64)
    action_type: str = Field(min_length=1, max_length=64)
    action_data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON))
    actioner: str | None = Field(default=None, max_length=64)
    fired_at: datetime | None = None


class Notification(NewNotification, table=True):
    """A notification as it is stored."""

    __tablename__ = "notifications"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    registered_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    is_seen: bool = False


class Accepted(SQLModel):
    """The id of what was accepted."""

    id: UUID


engine = create_engine(
    f"sqlite:///{os.environ['DATABASE_FILE']}", connect_args={"check_same_thread": False}
)


@event.listens_for(engine, "connect")
def set_pragmas(connection: SqliteConnection, _: object) -> None:
    """Have each connection wait for the disk at each commit."""
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


@asynccontextmanager
async def prepared(_: FastAPI) -> AsyncIterator[None]:
    """Make the table, and tell how the connections are set."""
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        for name in ("journal_mode", "synchronous"):
            print(name, session.exec(text(f"PRAGMA {name}")).scalar_one(), flush=True)
    yield
    engine.dispose()


def opened() -> Iterator[Session]:
    """Open a session for one request."""
    with Session(engine) as session:
        yield session


app = FastAPI(lifespan=prepared, openapi_url=None)


@app.post("/notifications", status_code=202)
def register(data: NewNotification, session: Annotated[Session, Depends(opened)]) -> Accepted:
    """Store, commit, answer."""
    notification = Notification.model_validate(data)
    # After the commit, a read would fetch it again. The connection would be kept until a thread is
    # free for the session's end. Under load all threads wait for such a connection.
    accepted = Accepted(id=notification.id)
    session.add(notification)
    session.commit()
    return accepted
