"""The metrics of remote jobs, of their callers and of their workers."""

from chassis.application.ports.metrics import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)

CALLS = Counter(
    "remote_job_calls", "Calls of a remote job that have ended, here.", ("job", "outcome")
)
CALL_SECONDS = Histogram(
    "remote_job_call_duration_seconds",
    "How long a caller waited for the answer of a remote job.",
    buckets=_SECONDS,
    labels=("job",),
)
IN_FLIGHT = Gauge("remote_job_calls_in_flight", "Calls of remote jobs that wait for an answer.")

REQUESTS = Counter(
    "remote_job_requests", "Requests for a remote job that this worker has had.", ("job", "outcome")
)
OUTCOMES = ("handled", "refused", "failed", "expired", "cancelled", "unknown")
SECONDS = Histogram(
    "remote_job_duration_seconds",
    "How long the handler of a remote job took.",
    buckets=_SECONDS,
    labels=("job",),
)
RUNNING = Gauge("remote_job_requests_running", "Requests for remote jobs that run here.")
