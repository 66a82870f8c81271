"""The base of all messages: a transport passes them to the bus."""

from typing import ClassVar, Protocol
from uuid import UUID

from msgspec import Struct

from chassis.application.access.scopes import ADMIN


class Message[Result](Struct, frozen=True, kw_only=True):
    """A command or a query that is answered with a `Result`.

    `served_by` names the roles that handle it, for the error a caller gets from any other. `scope`
    is the scope that a caller needs; without one the use case itself checks the caller.
    `publishes_events` says that it creates events, which carry its trace. A message that
    `is_expensive` waits for its turn while many of them run, so that others need not wait. One that
    `is_idempotent` may be handled twice: as a remote job it is, if its worker dies.
    """

    served_by: ClassVar[tuple[str, ...]] = ()
    scope: ClassVar[str] = ADMIN
    publishes_events: ClassVar[bool] = False
    is_expensive: ClassVar[bool] = False
    is_idempotent: ClassVar[bool] = False

    @property
    def weight(self) -> int:
        """How many bytes the answer may have, if it `is_expensive`; its own `weight` is exact."""
        return 0


class CommandMessage[Result](
    Message[Result], frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A command that a producer stores together with its events.

    With the field `idempotency_key` it takes a key, on every transport.
    """

    served_by: ClassVar[tuple[str, ...]] = ("producer",)
    publishes_events: ClassVar[bool] = True


class QueryMessage[Result](Message[Result], frozen=True, kw_only=True):
    """A query, which any role answers."""

    served_by: ClassVar[tuple[str, ...]] = ("producer", "consumer")
    is_idempotent: ClassVar[bool] = True


class Accepted(Struct, frozen=True):
    """The id of the accepted item."""

    id: UUID


class Handler[M, Result](Protocol):
    """A use case: handles one kind of message."""

    async def __call__(self, message: M) -> Result:
        """Handle `message`; raises `ApplicationError` or `Invalid`."""
        ...
