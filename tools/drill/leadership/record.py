"""The record of the jobs: each tick, the process that ran it, and runs that overlap."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from tools.drill import look
from tools.drill.leadership.ticking import JOBS, PERIOD

# Ticks of a job that may be due and not finished.
SLACK = 5
_LATE = f"""
    SELECT coalesce(sum(greatest(0, extract(epoch FROM now()) / {PERIOD} - last - {SLACK})), 0)
    FROM (SELECT max(tick) AS last FROM ticks WHERE ended IS NOT NULL GROUP BY job) AS each
"""


class Run(NamedTuple):
    """One run of a job; without an end if it was not finished."""

    job: str
    tick: int
    who: int
    token: int
    began: datetime
    ended: datetime | None


class Record:
    """All runs, in the order of their starts."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = runs
        self.finished = [run for run in runs if run.ended is not None]

    @classmethod
    async def read(cls, url: str) -> "Record":
        """Read it from the database."""
        found = await look.rows(url, "SELECT * FROM ticks ORDER BY began")
        return cls([Run(*row) for row in found])

    def ticks(self, job: str) -> int:
        """Return how many ticks lie between its first and its last one, with both."""
        numbers = [run.tick for run in self.finished if run.job == job]
        return max(numbers) - min(numbers) + 1 if numbers else 0

    def missed(self) -> int:
        """Return how many ticks no run has finished."""
        there = {(run.job, run.tick) for run in self.finished}
        return sum(self.ticks(job) for job in JOBS) - len(there)

    def repeated(self) -> int:
        """Return how many ticks were finished more than once."""
        counts = Counter((run.job, run.tick) for run in self.finished)
        return sum(count > 1 for count in counts.values())

    def overlaps(self) -> int:
        """Return how many finished runs of a job began before the last one had ended."""
        found = 0
        for job in JOBS:
            mine = [run for run in self.finished if run.job == job]
            found += sum(
                one.ended is not None and other.began < one.ended for one, other in pairwise(mine)
            )
        return found

    def unfenced(self) -> int:
        """Return how often the token falls from one run to the next."""
        return sum(one.token > other.token for one, other in pairwise(self.runs))

    def by_process(self) -> Counter[int]:
        """Return how many runs each process has finished."""
        return Counter(run.who for run in self.finished)

    def takeover(self, since: datetime, gone: int) -> float | None:
        """Return the seconds until another process began a run after that moment."""
        later = (run.began for run in self.runs if run.began > since and run.who != gone)
        first = next(later, None)
        return None if first is None else (first - since).total_seconds()


async def late(url: str) -> int:
    """Return how many ticks the jobs are behind, apart from the last few."""
    return int((await look.rows(url, _LATE))[0][0])
