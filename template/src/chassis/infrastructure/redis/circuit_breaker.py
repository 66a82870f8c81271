"""A circuit breaker: calls to a failing server are skipped, except one per second."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

PAUSE = 1.0


class CircuitBreaker:
    """Lets one attempt through in `PAUSE` seconds while it is open; logs its start and its end.

    `what` is the subject of the log lines: "… fails", "… works again".
    """

    def __init__(self, what: str, now: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._now = now
        self._lasts = False
        self._next_attempt = 0.0

    def may_try(self) -> bool:
        """Return whether to call the server; while it fails, no other call is let through."""
        if self._lasts and self._now() < self._next_attempt:
            return False
        self._next_attempt = self._now() + PAUSE
        return True

    def record_failure(self, reason: str) -> None:
        """An attempt has failed."""
        self._next_attempt = self._now() + PAUSE
        if not self._lasts:
            log.warning("%s fails", self._what, extra={"reason": reason})
        self._lasts = True

    def record_success(self) -> None:
        """An attempt has succeeded."""
        if self._lasts:
            log.info("%s works again", self._what)
        self._lasts = False
