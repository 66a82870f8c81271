"""The requests and the connections of each transport."""

from tools.dashboards.panel import Page, Panel, Query, Row, greatest, quantile, rate, total

REQUESTS = "request_duration_seconds"
BUSY = rate(f"{REQUESTS}_count", "transport", 'outcome="busy"')
ALL = rate(f"{REQUESTS}_count", "transport")

PAGE = Page(
    "transports",
    "Transports",
    (
        Row(
            "Requests",
            (
                Panel(
                    "Requests",
                    "reqps",
                    "Answered requests, without streams.",
                    (Query(ALL, "{{transport}}"),),
                ),
                Panel(
                    "Outcomes",
                    "reqps",
                    "Refused: the caller's error. Busy: a limit or an outage. Failed: ours.",
                    (Query(rate(f"{REQUESTS}_count", "outcome"), "{{outcome}}"),),
                ),
                Panel(
                    "Duration",
                    "s",
                    "The slowest request of a hundred, and the middle one.",
                    (
                        Query(quantile(0.99, REQUESTS, "transport"), "99% {{transport}}"),
                        Query(quantile(0.5, REQUESTS, "transport"), "50% {{transport}}"),
                    ),
                ),
                Panel(
                    "Busy share",
                    "percentunit",
                    "Requests that a limit or an outage refused.",
                    (Query(f"{BUSY} / ({ALL} > 0)", "{{transport}}"),),
                ),
                Panel(
                    "Running requests",
                    "short",
                    "Requests and streams that are being answered.",
                    (Query(total("requests_in_flight", "transport"), "{{transport}}"),),
                ),
                Panel(
                    "Refused notifications",
                    "ops",
                    "Notifications that were not stored, by the name of the error.",
                    (Query(rate("notifications_refused_total", "reason"), "{{reason}}"),),
                ),
            ),
        ),
        Row(
            "Connections",
            (
                Panel(
                    "Open connections",
                    "short",
                    "Of one replica at most, and what it accepts.",
                    (
                        Query(greatest("connections_open", "transport"), "{{transport}}"),
                        Query(greatest("connections_limit"), "limit"),
                    ),
                ),
                Panel(
                    "Refused connections",
                    "ops",
                    "Connections that were closed unused, by reason.",
                    (
                        Query(
                            rate("connections_refused_total", "transport, reason"),
                            "{{transport}} {{reason}}",
                        ),
                    ),
                ),
                Panel(
                    "Rate-limited requests",
                    "reqps",
                    "Requests over the limit of their caller.",
                    (Query(rate("requests_rate_limited_total", "transport"), "{{transport}}"),),
                ),
            ),
        ),
    ),
)
