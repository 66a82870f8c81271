"""A share of the processor's time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class TimeShare:
    """Lets work go on while it takes at most `share` of the time, with `burst` seconds ahead."""

    def __init__(self, share: float, burst: float) -> None:
        self._share = share
        self._burst = self._left = burst
        self._at = time.perf_counter()

    @property
    def has_time(self) -> bool:
        """Whether the work may go on now."""
        now = time.perf_counter()
        self._left = min(self._burst, self._left + (now - self._at) * self._share)
        self._at = now
        return self._left > 0

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time of the block."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._left -= time.perf_counter() - began
