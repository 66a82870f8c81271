"""The framing of a connection: from received data to messages, and back."""

from collections.abc import Sequence
from typing import Protocol


class Framing(Protocol):
    """Keeps the beginning of an incomplete message.

    `is_too_long` means a message over the limit; no further message follows.
    """

    is_too_long: bool

    @property
    def has_begun(self) -> bool:
        """Whether there is an incomplete message."""
        ...

    def feed(self, data: bytes) -> list[bytes]:
        """Return the complete messages, without blank ones."""
        ...

    def rest(self) -> bytes:
        """Return the incomplete message, at the end of the connection."""
        ...

    def join(self, messages: list[bytes]) -> Sequence[bytes]:
        """Return what is to be written, one after the other."""
        ...
