"""A digest of the dead letters: a job's step that tells operators what waits for them."""

import logging
from collections import Counter
from contextlib import aclosing

from chassis.application.ports.dead_letter_queue import DeadLetterQueue
from chassis.application.ports.metrics import Gauge, Metrics

log = logging.getLogger(__name__)

# Dead letters whose reasons are counted. A walk holds them for a moment.
SAMPLE = 1000
# Reasons in the digest.
MOST = 5

WAITING = Gauge("dead_letters_waiting", "Dead letters at the time of the last digest.")


class DeadLetterDigest:
    """Logs a warning with the number of dead letters and their most frequent reasons."""

    def __init__(self, queue: DeadLetterQueue, metrics: Metrics) -> None:
        self._queue = queue
        self._metrics = metrics
        metrics.gauge(WAITING, 0)

    async def __call__(self) -> bool:
        """Make the digest, and return that nothing is left to do; raises `Unavailable`."""
        count = await self._queue.count()
        self._metrics.gauge(WAITING, count)
        if count:
            log.warning(
                "dead letters wait: see `dead-letters list --by reason`",
                extra={"count": count, "reasons": await self._reasons()},
            )
        return False

    async def _reasons(self) -> dict[str, int]:
        """Return the most frequent reasons of the oldest letters, by the part before the colon."""
        kinds: Counter[str] = Counter()
        async with aclosing(self._queue.walk()) as walk:
            async for dead_letter in walk:
                kinds[dead_letter.message.reason.partition(":")[0]] += 1
                if kinds.total() == SAMPLE:
                    break
        return dict(kinds.most_common(MOST))
