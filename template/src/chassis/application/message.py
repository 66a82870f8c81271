"""The base of all messages: what a transport asks the bus for."""

from typing import ClassVar, Protocol

from msgspec import Struct

from chassis.application.access.scopes import ADMIN


class Message[Result](Struct, frozen=True, kw_only=True):
    """A command or a query that is answered with a `Result`.

    `served_by` names the roles that handle it, for the error a caller gets from any other.
    `scope` is what a caller needs for it, where callers are asked who they are; without one the use
    case itself checks what the caller may do.
    `announces` says that events come of it, which carry its trace on. One that `reads_much` waits
    for its turn while many of them are under way, so that others are not kept waiting.
    """

    served_by: ClassVar[tuple[str, ...]] = ()
    scope: ClassVar[str] = ADMIN
    announces: ClassVar[bool] = False
    reads_much: ClassVar[bool] = False

    @property
    def weight(self) -> int:
        """How many bytes the answer may have, where it `reads_much`; its own `weight` tells."""
        return 0


class Handler[M, Result](Protocol):
    """A use case: handles one kind of message."""

    async def __call__(self, message: M) -> Result:
        """Handle `message`; raises `ApplicationError` or `Invalid`."""
        ...
