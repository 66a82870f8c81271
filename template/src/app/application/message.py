"""The base of all messages: what a transport asks the bus for."""

from typing import ClassVar, Protocol

from msgspec import Struct


class Message[Result](Struct, frozen=True, kw_only=True):
    """A command or a query that is answered with a `Result`.

    `served_by` names the roles that handle it, for the error a caller gets from any other.
    `announces` says that events come of it, which carry its trace on.
    """

    served_by: ClassVar[tuple[str, ...]] = ()
    announces: ClassVar[bool] = False


class Handler[M, Result](Protocol):
    """A use case: handles one kind of message."""

    async def __call__(self, message: M) -> Result:
        """Handle `message`; raises `ApplicationError` or `Invalid`."""
        ...
