"""The framing of a stream of bytes: a message is a line."""


class Lines:
    """Returns whole lines, without the newline, and keeps the beginning of the next one.

    `is_too_long` means a line of more than `limit` bytes; no further line follows.
    """

    def __init__(self, limit: int) -> None:
        self.is_too_long = False
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def has_begun(self) -> bool:
        """Whether there is an incomplete line."""
        return self._size > 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the complete lines, without blank ones."""
        if self.is_too_long:
            return []
        at_most = self._size + len(data)
        lines = data.split(b"\n")
        if self._parts:
            if len(lines) > 1:
                lines[0] = b"".join((*self._parts, lines[0]))
                self._parts, self._size = [], 0
            self._size += len(lines[-1])
        else:
            self._size = len(lines[-1])
        rest = lines.pop()
        if rest:
            self._parts.append(rest)
        if at_most > self._limit:
            lines = self._within(lines)
        return [line for line in lines if len(line) > 1 or line.strip()]

    def rest(self) -> bytes:
        """Return the data after the last newline, at the end of the connection."""
        rest = b"".join(self._parts)
        self._parts, self._size = [], 0
        return rest

    def join(self, messages: list[bytes]) -> tuple[bytes]:
        """Return the messages as lines, which are written at once."""
        return (b"\n".join((*messages, b"")),)

    def _within(self, lines: list[bytes]) -> list[bytes]:
        limit = self._limit
        found: list[bytes] = []
        for line in lines:
            # The carriage return that a terminal sends is white space to JSON.
            if len(line) > limit + 1 or (len(line) > limit and not line.endswith(b"\r")):
                self._give_up()
                return found
            found.append(line)
        if self._size > limit + 1:
            self._give_up()
        return found

    def _give_up(self) -> None:
        self.is_too_long = True
        self._parts, self._size = [], 0
