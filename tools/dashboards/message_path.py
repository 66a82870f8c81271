"""The way of an event, from the caller to the subscribers."""

from tools.dashboards.panel import Page, Panel, Query, Row, greatest, quantile, rate, total

PAGE = Page(
    "message-path",
    "Message path",
    (
        Row(
            "Accepting and publishing",
            (
                Panel(
                    "Accepted",
                    "ops",
                    "Items that were answered with an id.",
                    (Query(rate("items_accepted_total", "operation"), "{{operation}}"),),
                ),
                Panel(
                    "Published",
                    "ops",
                    "Events that the broker has confirmed, and those that it refused.",
                    (
                        Query(rate("events_published_total", "job"), "confirmed"),
                        Query(rate("events_nacked_total", "job"), "refused"),
                    ),
                ),
                Panel(
                    "Outbox",
                    "short",
                    "Events that wait for the broker. At the limit, callers are refused.",
                    (
                        Query(greatest("outbox_rows"), "waiting"),
                        Query(greatest("outbox_rows_limit"), "limit"),
                    ),
                ),
                Panel(
                    "Age of the oldest event in the outbox",
                    "s",
                    "Above 30 s: the broker is away, or refuses.",
                    (Query(greatest("outbox_oldest_age_seconds"), "age"),),
                ),
                Panel(
                    "Delayed events",
                    "short",
                    "Events that wait for their time.",
                    (
                        Query(greatest("outbox_delayed_rows"), "waiting"),
                        Query(greatest("outbox_delayed_rows_limit"), "limit"),
                    ),
                ),
                Panel(
                    "Delayed events: overdue",
                    "s",
                    "How long the earliest time has passed.",
                    (Query(greatest("outbox_delayed_overdue_seconds"), "overdue"),),
                ),
            ),
        ),
        Row(
            "Ingesting and streaming",
            (
                Panel(
                    "Received and ingested",
                    "ops",
                    "Deliveries of the broker, and new events in the journal.",
                    (
                        Query(rate("events_received_total", "job"), "received"),
                        Query(rate("events_ingested_total", "type"), "{{type}}"),
                    ),
                ),
                Panel(
                    "Delivery time",
                    "s",
                    "From the time of an event until the first subscriber gets it.",
                    (
                        Query(quantile(0.5, "event_delivery_seconds", "type"), "50% {{type}}"),
                        Query(quantile(0.99, "event_delivery_seconds", "type"), "99% {{type}}"),
                    ),
                ),
                Panel(
                    "Follower lag",
                    "s",
                    "Time since each replica was last at the journal's end.",
                    (Query(greatest("follower_lag_seconds", "instance"), "{{instance}}"),),
                ),
                Panel(
                    "Open streams",
                    "short",
                    "Subscribers of each replica.",
                    (
                        Query(total("streams_open", "instance"), "{{instance}}"),
                        Query(greatest("streams_limit"), "limit"),
                    ),
                ),
                Panel(
                    "Ended streams",
                    "ops",
                    "By what ended them. Too slow or stuck: clients do not keep up.",
                    (Query(rate("streams_closed_total", "reason"), "{{reason}}"),),
                ),
            ),
        ),
        Row(
            "What goes wrong",
            (
                Panel(
                    "Retries",
                    "ops",
                    "Events that failed and wait for another attempt.",
                    (Query(rate("events_retried_total", "type"), "{{type}}"),),
                ),
                Panel(
                    "New dead letters",
                    "ops",
                    "Messages that were given up, by reason.",
                    (Query(rate("events_dead_lettered_total", "reason"), "{{reason}}"),),
                ),
                Panel(
                    "Unrouted messages",
                    "short",
                    "Messages that no queue wants.",
                    (Query(greatest("unrouted_messages"), "waiting"),),
                ),
                Panel(
                    "Rerouted messages",
                    "ops",
                    "Messages that have left the unrouted queue for another one.",
                    (Query(rate("messages_rerouted_total", "job"), "rerouted"),),
                ),
            ),
        ),
    ),
)
