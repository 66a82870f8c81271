"""A job: work that is repeated at intervals, or at the times of a timetable."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from chassis.application.ports.timetable import Timetable


class Job(Struct, frozen=True, kw_only=True):
    """A step and when to run it; times are in seconds.

    A run is one `step` after another until one returns that nothing is left. Each step is short,
    because it holds resources that other work needs. A step that takes longer than `limit` fails. A
    step that runs at a stop is cancelled after two seconds.

    With an `interval`, the next run begins so long after the end of the last one. Its part `jitter`
    is added or taken away at random, so that replicas drift apart. With `cron`, a run begins at
    each due time; while one run lasts, no other begins.

    A `leader_only` job runs on only one replica, and its runs are stored. A run that was
    interrupted, because the lead changed or the process ended, is repeated.
    """

    name: str
    step: Callable[[], Awaitable[bool]]
    interval: float | None = None
    cron: Timetable | None = None
    jitter: float = 0.2
    limit: float = 60.0
    leader_only: bool = False

    def __post_init__(self) -> None:
        """Raise `ValueError` if a value is missing or out of range."""
        if not self.name:
            raise ValueError("a job needs a name")
        if (self.interval is None) == (self.cron is None):
            raise ValueError(f"the job {self.name} needs either an interval or a cron")
        if (self.interval is not None and self.interval <= 0) or self.limit <= 0:
            raise ValueError(f"the job {self.name} needs an interval and a limit above 0 seconds")
        if not 0 <= self.jitter < 1:
            raise ValueError(f"the job {self.name} needs a jitter from 0 to less than 1")

    def __str__(self) -> str:
        """Return when and on which replicas it runs, for operators."""
        when = str(self.cron) if self.interval is None else f"every {self.interval:g} s"
        where = "on the leader" if self.leader_only else "on each replica"
        return f"{when}, {where}"
