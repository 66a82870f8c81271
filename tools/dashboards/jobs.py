"""Scheduled jobs, and the loops inside the service."""

from tools.dashboards.panel import JOB, Page, Panel, Query, Row, greatest, quantile, rate, total

# Prometheus names the label `job` of a metric so, because `job` is the service's.
NAME = "exported_job"

PAGE = Page(
    "jobs",
    "Jobs and actors",
    (
        Row(
            "Jobs",
            (
                Panel(
                    "Leaders",
                    "short",
                    "Exactly 1 of all replicas, and of those with the same role.",
                    (
                        Query(total("leader"), "all"),
                        Query(total("role_leader", "role"), "{{role}}"),
                    ),
                ),
                Panel(
                    "Runs",
                    "ops",
                    "Ended runs, by their outcome.",
                    (Query(rate("job_runs_total", "outcome"), "{{outcome}}"),),
                ),
                Panel(
                    "Failed runs",
                    "ops",
                    "By job. The log has the error.",
                    (
                        Query(
                            rate("job_runs_total", NAME, 'outcome="failed"'),
                            f"{{{{{NAME}}}}}",
                        ),
                    ),
                ),
                Panel(
                    "Duration",
                    "s",
                    "The slowest run of a hundred, with its pauses.",
                    (Query(quantile(0.99, "job_duration_seconds", NAME), f"{{{{{NAME}}}}}"),),
                ),
                Panel(
                    "Time until the next run",
                    "s",
                    "Below 0: the run is late, or the last one still runs.",
                    (
                        Query(
                            f"min by ({NAME}) "
                            f"((job_next_run_timestamp_seconds{{{JOB}}} > 0) - time())",
                            f"{{{{{NAME}}}}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            "Durable jobs",
            (
                Panel(
                    "Durable jobs",
                    "ops",
                    "Attempts that have ended, by their outcome.",
                    (Query(rate("durable_jobs_total", "outcome"), "{{outcome}}"),),
                ),
                Panel(
                    "Durable jobs that failed for good",
                    "ops",
                    "By job. They are dead letters, and no retry follows.",
                    (Query(rate("durable_jobs_dead_lettered_total", NAME), f"{{{{{NAME}}}}}"),),
                ),
            ),
        ),
        Row(
            "Actors",
            (
                Panel(
                    "Restarts",
                    "ops",
                    "Steps that failed by a defect.",
                    (Query(rate("actor_restarts_total", "actor"), "{{actor}}"),),
                ),
                Panel(
                    "Mailboxes",
                    "short",
                    "Items that wait.",
                    (Query(greatest("mailbox_depth", "actor"), "{{actor}}"),),
                ),
                Panel(
                    "Age of the oldest item",
                    "s",
                    "Above a second: the actor is overloaded.",
                    (Query(greatest("mailbox_age_seconds", "actor"), "{{actor}}"),),
                ),
                Panel(
                    "Messages",
                    "ops",
                    "Messages that have left a mailbox, by outcome.",
                    (Query(rate("actor_messages_total", "outcome"), "{{outcome}}"),),
                ),
            ),
        ),
    ),
)
