"""Commands of one item: from a message to the batch that stores it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from chassis.application.backlog import Backlog
from chassis.application.commands.batcher import Command, CommandBatcher
from chassis.application.commands.idempotency_key import FIELD
from chassis.application.context import current_caller
from chassis.application.event import Event
from chassis.application.message import Accepted, Message
from chassis.application.ports.clock import Clock
from chassis.application.ports.codec import Codec
from chassis.application.ports.idempotency import Key
from chassis.application.ports.work import Transaction
from chassis.domain.ids import new_id, time_of


class CommandExecutor:
    """Stores an item and its event together, in one transaction with other callers' commands.

    A use case with several items or events makes its `Command` for the `CommandBatcher` itself.
    """

    def __init__(
        self, commands: CommandBatcher, backlog: Backlog, codec: Codec, clock: Clock
    ) -> None:
        self._commands = commands
        self._backlog = backlog
        self._codec = codec
        self._clock = clock

    def new_id(self) -> tuple[UUID, datetime]:
        """Return a new UUIDv7, and the time in it: now, to the millisecond."""
        identity = new_id(self._clock())
        return identity, time_of(identity)

    async def execute[Item](
        self,
        operation: str,
        message: Message[Any],
        store: Callable[[Transaction, Sequence[Item]], Awaitable[None]],
        item: Item,
        event: Event,
    ) -> Accepted:
        """Return the event's id, or the one of the earlier event of the same key and request.

        `store` is called with the items of all commands in the batch that have the same `store`: a
        method of the use case. `operation` is stored with each idempotency key: with another name,
        existing keys would be forgotten.

        Raises `KeyReused`, `ConstraintViolated`, `Busy`, `Unavailable`, or what `store` raises for
        this item; then nothing was stored.
        """
        await self._backlog.check()
        name: str | None = getattr(message, FIELD, None)
        command = Command(
            operation=operation,
            store=store,
            items=[item],
            envelopes=[self._codec.encode(event)],
            ids=(event.id,),
            key=None if name is None else Key(operation, current_caller().name, name),
            request_hash=b"" if name is None else sha256(msgspec.json.encode(message)).digest(),
        )
        return Accepted((await self._commands.execute(command))[0])
