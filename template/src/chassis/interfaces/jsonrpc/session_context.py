"""The session, as its methods see it."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from msgspec import Raw, Struct

from chassis.application.access.caller import Caller
from chassis.application.bus import Bus
from chassis.application.ports.stream import Stream


class Events[Item](Struct, frozen=True):
    """How a stream's items are sent: as requests without an id, of the method `name`.

    `encode` returns the members of their `params` that follow the subscription's id. `closed`
    returns those of a last one, for the last sent item and the reason of the end.
    """

    name: str
    params: type[Struct]
    summary: str
    encode: Callable[[Item], bytes]
    closed: Callable[[Item | None, str], bytes]


class SessionContext(Protocol):
    """The session, as its methods see it."""

    @property
    def address(self) -> str:
        """The client's address, as far as the transport knows it."""
        ...

    @property
    def bus(self) -> Bus:
        """Passes messages to the use cases."""
        ...

    async def authenticate(self, token: str) -> Caller:
        """Return the session's new caller; raises `Unauthorized`, `Unavailable`."""
        ...

    async def subscribe(
        self, opening: Callable[[], Awaitable[Stream[Any]]], events: Events[Any]
    ) -> str:
        """Open a stream and return the id of the subscription; raises the errors of `opening`.

        Its events follow once the answer has been sent. Raises `TooMany` if too many are open.
        """
        ...

    def unsubscribe(self, identity: str) -> None:
        """End a subscription; raises `NotFound`."""
        ...

    def describe(self) -> Raw:
        """Return the OpenRPC document."""
        ...
