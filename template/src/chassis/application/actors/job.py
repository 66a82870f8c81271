"""A job: work that is repeated at intervals."""

from collections.abc import Awaitable, Callable

from msgspec import Struct


class Job(Struct, frozen=True, kw_only=True):
    """A step and its interval; times are in seconds.

    A run is one `step` after another until one returns that nothing is left. Each step is short,
    because it holds resources that other work needs. A step that takes longer than `limit` fails. A
    step that runs at a stop is cancelled after two seconds. The next run begins `interval` after
    the end of the last one, give or take its part `jitter`, so that replicas drift apart. A
    `leader_only` job runs on only one replica. A run may be repeated soon if the lead changes or a
    process restarts.
    """

    name: str
    step: Callable[[], Awaitable[bool]]
    interval: float
    jitter: float = 0.2
    limit: float = 60.0
    leader_only: bool = False

    def __post_init__(self) -> None:
        """Raise `ValueError` if a value is missing or out of range."""
        if not self.name:
            raise ValueError("a job needs a name")
        if self.interval <= 0 or self.limit <= 0:
            raise ValueError(f"the job {self.name} needs an interval and a limit above 0 seconds")
        if not 0 <= self.jitter < 1:
            raise ValueError(f"the job {self.name} needs a jitter from 0 to less than 1")

    def __str__(self) -> str:
        """Return when and on which replicas it runs, for operators."""
        where = "on the leader" if self.leader_only else "on each replica"
        return f"every {self.interval:g} s, {where}"
