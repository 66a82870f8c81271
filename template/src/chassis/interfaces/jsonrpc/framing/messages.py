"""The framing of a transport that has messages of its own: each is one message."""


class Messages:
    """Takes each datum for a message; one of more than `limit` bytes ends the connection."""

    has_begun = False

    def __init__(self, limit: int) -> None:
        self.is_too_long = False
        self._limit = limit

    def feed(self, data: bytes) -> list[bytes]:
        """Return the message, unless it is blank."""
        if len(data) > self._limit:
            self.is_too_long = True
        if self.is_too_long or not data.strip():
            return []
        return [data]

    def rest(self) -> bytes:
        """Return nothing: no message is incomplete."""
        return b""

    def join(self, messages: list[bytes]) -> list[bytes]:
        """Return the messages, which are written one by one."""
        return messages
