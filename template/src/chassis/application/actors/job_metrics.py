"""The metrics of one job's runs."""

from collections.abc import Callable
from datetime import datetime

from chassis.application.ports.metrics import Counter, Gauge, Histogram, Metrics

RUNS = Counter("job_runs", "Runs of a job that have ended.", ("job", "outcome"))
OUTCOMES = ("done", "failed", "interrupted")
SECONDS = Histogram(
    "job_duration_seconds",
    "How long a run took, with its pauses.",
    buckets=(0.01, 0.1, 1, 10, 60, 600, 3600),
    labels=("job",),
)
SUCCESS = Gauge("job_last_success_timestamp_seconds", "When a run last completed.", ("job",))
LAST = Gauge("job_last_run_timestamp_seconds", "When a run last began.", ("job",))
NEXT = Gauge(
    "job_next_run_timestamp_seconds", "When the next run begins; 0 if it is unknown.", ("job",)
)


class JobMetrics:
    """Records what happens to the runs of `job`; `next_run` is read at each scrape."""

    def __init__(self, job: str, metrics: Metrics, next_run: Callable[[], float]) -> None:
        self._job = job
        self._metrics = metrics
        metrics.watch(NEXT, next_run, job)
        metrics.expect(SECONDS, job)
        for outcome in OUTCOMES:
            metrics.count(RUNS, job, outcome, amount=0)

    def began(self, now: datetime) -> None:
        """Record the start of a run."""
        self._metrics.gauge(LAST, now.timestamp(), self._job)

    def succeeded(self, now: datetime) -> None:
        """Record that a run has done all of its work."""
        self._metrics.gauge(SUCCESS, now.timestamp(), self._job)

    def ended(self, outcome: str, seconds: float) -> None:
        """Record the end of a run that took so long."""
        self._metrics.count(RUNS, self._job, outcome)
        self._metrics.observe(SECONDS, seconds, self._job)
