"""The port of a session to the transport that carries its messages."""

from typing import Protocol


class Channel(Protocol):
    """Carries whole messages to one client, in their order; it does the framing."""

    @property
    def is_full(self) -> bool:
        """Whether so much waits to be sent that further work should wait."""
        ...

    def send(self, message: bytes) -> None:
        """Take a message to be sent; a closed channel drops it."""
        ...

    async def drain(self) -> None:
        """Wait until it is not full."""
        ...

    def ready(self) -> None:
        """A session that was full takes messages again."""
        ...

    def close(self) -> None:
        """Close, once the client had time to read the sent messages."""
        ...
