"""The answers to a batch, which go together in one message."""

from collections.abc import Callable


class Batch:
    """Sends them once the last request is done; of notifications alone, there are none."""

    def __init__(self, count: int, send: Callable[[bytes], None]) -> None:
        self._left = count
        self._send = send
        self._answers: list[bytes] = []
        self._after: list[Callable[[], None]] = []

    def after(self, act: Callable[[], None]) -> None:
        """Do this once the answers are sent."""
        self._after.append(act)

    def done(self, answer: bytes | None) -> None:
        """Take the answer of one request, or hear that it gets none."""
        if answer is not None:
            self._answers.append(answer)
        self._left -= 1
        if not self._left:
            if self._answers:
                self._send(b"[%b]" % b",".join(self._answers))
            for act in self._after:
                act()
