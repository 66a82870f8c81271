"""Register in one flat file: check, store with the event, answer.

`python -m benchmarks.flat.register [--profile FILE]`, with `DATABASE_URL`.
"""

import argparse
import asyncio
import os
import re
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Litestar, Request, post
from litestar.exceptions import ClientException, ServiceUnavailableException
from litestar.types import Receive, Scope, Send
from msgspec import Meta, Struct
from prometheus_client import Counter, Histogram
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from benchmarks.flat.checks import TRACEPARENT, check, encode_label
from benchmarks.inside.profiled import profiled
from benchmarks.inside.serving import run

BATCH, WAITING, OUTBOX_MARK = 500, 10_000, 10**9
SOURCE, TYPE = "/bench", "notification.registered.v1"

STORE = """
WITH added AS (
    INSERT INTO notifications (id, registered_at, receiver, action_type, action_data, actioner,
        fired_at, is_seen)
    SELECT id, registered_at, receiver, action_type, action_data, actioner, fired_at, is_seen
    FROM json_to_recordset($1::text::json) AS given (id UUID, registered_at TIMESTAMPTZ,
        receiver TEXT, action_type TEXT, action_data JSON, actioner TEXT, fired_at TIMESTAMPTZ,
        is_seen BOOLEAN)
    ON CONFLICT DO NOTHING
)
INSERT INTO outbox (id, routing_key, body, attempts, due_at)
SELECT id, routing_key, decode(body, 'base64'), attempts, due_at
FROM json_to_recordset($2::text::json) AS given (id UUID, routing_key TEXT, body TEXT,
    attempts INTEGER, due_at TIMESTAMPTZ)
"""
COUNT = "SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) AS counted"

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)

ACCEPTED = Counter("items_accepted", "Notifications that were stored.")
SIZES = Histogram("batch_size", "Requests that shared a transaction.")

Label = Annotated[str, Meta(min_length=1, max_length=64)]


class NewNotification(Struct, forbid_unknown_fields=True):
    """A notification as a caller gives it."""

    receiver: Label
    action_type: Label
    action_data: dict[str, Any] = {}
    actioner: Label | None = None
    fired_at: Annotated[datetime, Meta(tz=True)] | None = None


class Notification(Struct):
    """A notification in events."""

    receiver: str
    action_type: str
    action_data: dict[str, Any]
    actioner: str | None
    fired_at: datetime
    id: UUID
    registered_at: datetime
    is_seen: bool = False


class Event(Struct):
    """CloudEvents 1.0, structured."""

    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    data: Notification
    traceparent: str
    requestid: str
    specversion: str = "1.0"
    datacontenttype: str = "application/json"


class Outgoing(Struct):
    """A row of the outbox."""

    id: UUID
    routing_key: str
    body: bytes
    attempts: int = 0
    due_at: datetime = EPOCH


class Accepted(Struct):
    """The id of what was accepted."""

    id: UUID


encoder = msgspec.json.Encoder()
last = 0


class Asked(Struct):
    """The future that a caller waits for."""

    notification: Notification
    event: Outgoing
    done: asyncio.Future[None]


class Store:
    """Commits what waits, as one batch after the other."""

    def __init__(self, engine: AsyncEngine) -> None:
        # The one statement is a transaction by itself.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._waiting: deque[Asked] = deque()
        self._arrived = asyncio.Event()
        self._backlog = 0

    async def add(self, notification: Notification, event: Outgoing) -> None:
        """Return once both rows are committed."""
        if len(self._waiting) >= WAITING or self._backlog > OUTBOX_MARK:
            raise ServiceUnavailableException(headers={"Retry-After": "1"})
        asked = Asked(notification, event, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._arrived.set()
        await asked.done

    async def commit(self) -> None:
        """Commit batches until cancelled."""
        while True:
            while not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
            taken = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            batch = [each for each in taken if not each.done.done()]
            try:
                await self._store(batch)
            except Exception as error:
                for each in batch:
                    if not each.done.done():
                        each.done.set_exception(error)
                continue
            ACCEPTED.inc(len(batch))
            SIZES.observe(len(batch))
            for each in batch:
                if not each.done.done():
                    each.done.set_result(None)

    async def _store(self, batch: Sequence[Asked]) -> None:
        notifications = encoder.encode([each.notification for each in batch]).decode()
        events = encoder.encode([each.event for each in batch]).decode()
        async with self._engine.connect() as connection:
            await connection.exec_driver_sql(STORE, (notifications, events))

    async def watch(self) -> None:
        """Count the outbox once a second, until cancelled."""
        while True:
            async with self._engine.connect() as connection:
                found = await connection.exec_driver_sql(COUNT, (OUTBOX_MARK + 1,))
                self._backlog = found.scalar_one()
            await asyncio.sleep(1)


class Answer:
    """Answers with the id of what was accepted."""

    def __init__(self, identity: UUID, request_id: str) -> None:
        self._identity = identity
        self._request_id = request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        body = encoder.encode(Accepted(self._identity))
        headers = [
            (b"location", f"/notifications/{self._identity}".encode()),
            (b"x-request-id", self._request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


@post("/notifications", status_code=202)
async def register(request: Request[Any, Any, Any], data: NewNotification) -> Answer:
    """Accept one notification."""
    request_id = traceparent = None
    for name, value in request.scope["headers"]:
        if name == b"x-request-id":
            request_id = value.decode("latin-1")
        elif name == b"traceparent":
            traceparent = value.decode("latin-1")
    digits = secrets.token_hex(32)
    if request_id is None or not REQUEST_ID.fullmatch(request_id):
        request_id = digits[48:]
    if traceparent is None or not TRACEPARENT.fullmatch(traceparent):
        traceparent = f"00-{digits[:32]}-{digits[32:48]}-01"
    try:
        key = f"notification.{encode_label(data.action_type)}.{encode_label(data.receiver)}"
        check(data.actioner, data.action_data)
    except ValueError as error:
        raise ClientException(str(error)) from error
    identity, registered_at = new_id()
    fired_at = (data.fired_at or registered_at).astimezone(UTC)
    receiver, kind, actioner = data.receiver, data.action_type, data.actioner
    notification = Notification(
        receiver, kind, data.action_data, actioner, fired_at, identity, registered_at
    )
    event = Event(
        identity, SOURCE, TYPE, receiver, registered_at, notification, traceparent, request_id
    )
    outgoing = Outgoing(identity, key, encoder.encode(event))
    await request.app.state.store.add(notification, outgoing)
    return Answer(identity, request_id)


def new_id() -> tuple[UUID, datetime]:
    """Return a UUIDv7 that is larger than the one before, and its time."""
    global last
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    last = max((milliseconds << 12) | (random & 0x7FF), last + 1)
    noise = random >> 18
    number = ((last >> 12) << 80) | ((last & 0xFFF) << 64) | noise | VERSION_AND_VARIANT
    return UUID(int=number), EPOCH + (last >> 12) * MILLISECOND


def main() -> None:
    """Serve until SIGTERM."""
    app = Litestar([register], openapi_config=None)

    @asynccontextmanager
    async def background() -> AsyncIterator[None]:
        # As the service sets them.
        settings = {
            "statement_timeout": "10s",
            "lock_timeout": "8s",
            "idle_in_transaction_session_timeout": "4s",
            "plan_cache_mode": "force_custom_plan",
        }
        connect = {"command_timeout": 12.0, "server_settings": settings}
        engine = create_async_engine(os.environ["DATABASE_URL"], connect_args=connect)
        app.state.store = store = Store(engine)
        tasks = [asyncio.create_task(store.commit()), asyncio.create_task(store.watch())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await engine.dispose()

    run(app, background)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile")
    with profiled(parser.parse_args().profile):
        main()
