"""The answers to a batch, which are sent together in one message."""

import asyncio
from collections.abc import Callable

from chassis.application.budget import Share

# Bytes of answers after which no further large one is begun. One alone may be larger than this.
ANSWER_BYTES = 4 * 2**20


class ResponseBatch:
    """Sends them once the last request is done; requests without an id have none.

    Large answers are built one after the other, each in its `turn`, until `is_over`.
    """

    def __init__(self, count: int, send: Callable[[bytes], None]) -> None:
        self.turn = asyncio.Lock()
        # The shares of the large answers: they are in memory until the client has read the whole.
        self.shares: list[Share] = []
        self.is_sent = False
        self._left = count
        self._size = 0
        self._send = send
        self._answers: list[bytes] = []
        self._after: list[Callable[[], None]] = []

    @property
    def is_over(self) -> bool:
        """Whether the answers so far leave no room for another large one."""
        return self._size >= ANSWER_BYTES

    def after(self, act: Callable[[], None]) -> None:
        """Call this once the answers are sent."""
        self._after.append(act)

    def done(self, answer: bytes | None) -> None:
        """Add the answer of one request, or record that it has none."""
        if answer is not None:
            self._answers.append(answer)
            self._size += len(answer)
        self._left -= 1
        if not self._left:
            if self._answers:
                self._send(b"[%b]" % b",".join(self._answers))
            self.is_sent = True
            for act in self._after:
                act()
