"""What a session needs of the transport that carries its messages."""

from typing import Protocol


class Channel(Protocol):
    """Carries whole messages to one client, in their order; it does the framing."""

    @property
    def is_full(self) -> bool:
        """Whether so much waits to be sent that what can wait should."""
        ...

    def send(self, message: bytes) -> None:
        """Take a message to be sent; on a channel that has closed it is dropped."""
        ...

    async def drain(self) -> None:
        """Wait until it is not full."""
        ...

    def ready(self) -> None:
        """Hear that a session that was full takes messages again."""
        ...

    def close(self) -> None:
        """Close, once the client had time to read what was sent."""
        ...
