"""A whole service inside a test: its transports on free ports, a database of its own.

Ask for it with the fixture `service`: `await service.send(receiver="ada", action_type="greeted")`,
then `await service.quiet()`, then look at `published()`, `await stored()` and `await failed()`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import httpx
import msgspec

from app.application.notification.mapping import to_entity, to_event
from app.application.notification.messages import NewNotification, Register
from app.application.notification.ports import Criteria, Notifications
from app.domain.notification.notification import Notification
from app.infrastructure.notification.repository import SqlNotifications
from chassis.application.context import new_context, use_context
from chassis.application.message import Message
from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.publisher import Publisher
from chassis.application.ports.unit_of_work import UnitOfWork
from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.lifecycle import Grace, running
from chassis.bootstrap.schema import ready_schema
from chassis.bootstrap.system import System
from chassis.domain.ids import new_id, time_of
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork
from tests.unit.support import dead_lettered_in

LIMIT = 1000
TIMEOUT = 10.0


def notification_work(system: System) -> UnitOfWork[Notifications]:
    """Return what opens transactions over the stored notifications."""
    return SqlUnitOfWork(system.core.database(), SqlNotifications)


class RecordingPublisher:
    """Keeps what the broker confirmed; stands in for the broker where no consumer runs here."""

    def __init__(self, publisher: Publisher, *, forward: bool) -> None:
        self.published: list[Envelope] = []
        self._publisher = publisher
        self._forward = forward

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Publish, and keep what was confirmed."""
        confirmed = {envelope.id for envelope in envelopes}
        if self._forward:
            confirmed = await self._publisher.publish(envelopes)
        self.published += [envelope for envelope in envelopes if envelope.id in confirmed]
        return confirmed


class Service:
    """A running service and what can be asked of it."""

    def __init__(
        self, system: System, servers: dict[str, Any], publisher: RecordingPublisher
    ) -> None:
        self.system = system
        self.ports: dict[str, int] = {name: server.port for name, server in servers.items()}
        # Without http there is no server at this address.
        self.url = f"http://127.0.0.1:{self.ports.get('http', 0)}"
        self.http = httpx.AsyncClient(base_url=self.url)
        self._servers = servers
        self._publisher = publisher

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        folder: Path,
        roles: Sequence[str] | None = None,
        servers: Sequence[str] | None = None,
        **settings: str,
    ) -> AsyncIterator[Self]:
        """Run the service with its files in `folder`, and all roles unless some are named.

        All its servers run unless some of `servers` are named, and `settings` are named as in
        `.env`.
        """
        names = discovery.server_names() if servers is None else servers
        defaults = {
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/app.db",
            "SHUTDOWN_GRACE": "5",
        } | {f"{name.upper()}_PORT": "0" for name in names}
        configuration = Configuration.read(Environment(defaults | settings))
        system = System(configuration, roles or discovery.role_names())
        broker: Any = system.core.broker()
        broker.publisher = publisher = RecordingPublisher(
            broker.publisher, forward="consumer" in system.roles
        )
        await ready_schema(system.core.database())
        async with running(system, Grace(5)):
            built = {name: discovery.server(name).build(system) for name in names}
            for server in built.values():
                await server.start()
            system.readiness.phase = "serving"
            service = cls(system, built, publisher)
            try:
                yield service
            finally:
                await service.http.aclose()
                await service.stop()

    async def is_ready(self) -> bool:
        """Return whether everything that it needs is there, and its queue bound."""
        return (await self.system.readiness.status()).status == "ready"

    async def stop(self) -> None:
        """Drain: accept no more, answer what was accepted, end the streams."""
        self.system.drain()
        await asyncio.gather(*(server.stop(5) for server in self._servers.values()))

    async def send(self, **notification: Any) -> str:
        """Register one notification, as every transport does, and return its id."""
        new = msgspec.json.decode(msgspec.json.encode(notification), type=NewNotification)
        return str((await self.ask(Register((new,)))).ids[0])

    async def ask[Result](self, message: Message[Result]) -> Result:
        """Hand a message to its use case, as every transport does, and return its result."""
        with use_context(new_context()):
            return await self.system.bus.handle(message)

    async def announce(self, **notification: Any) -> UUID:
        """Put an event on the broker, as another service would, and return its id."""
        identity = new_id(self.system.core.clock()())
        entity = to_entity(NewNotification(**notification), identity, time_of(identity))
        await self.deliver(self.system.core.codec().encode(to_event(entity)))
        return identity

    async def deliver(self, envelope: Envelope) -> None:
        """Put any message on the broker, and wait until the consumer has settled it."""
        await self.system.core.broker().publisher.publish([envelope])

    async def quiet(self) -> None:
        """Wait until all that was accepted has been published; fails after ten seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + TIMEOUT
        while (await self.system.core.outbox_reader().depth(at_most=1)).count:
            assert loop.time() < end, "the outbox does not empty"
            await asyncio.sleep(0.01)

    def published(self) -> list[Envelope]:
        """Return what the broker has confirmed, in order."""
        return list(self._publisher.published)

    async def stored(self) -> list[Notification]:
        """Return the notifications in the database, newest first, at most a thousand."""
        async with notification_work(self.system).read() as notifications:
            found: list[Notification] = await notifications.select(Criteria(), limit=LIMIT)
        return found

    async def failed(self) -> list[DeadLetterMessage]:
        """Return the dead letters, oldest first."""
        return await dead_lettered_in(self.system.core.broker().dead_letters)
