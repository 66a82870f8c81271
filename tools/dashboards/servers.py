"""The processes of the service, and the servers that it needs."""

from tools.dashboards.panel import JOB, RANGE, Page, Panel, Query, Row, greatest, rate

HITS = rate("cache_hits_total", "job")
MISSES = rate("cache_misses_total", "job")
# RabbitMQ's own metrics have its job, and not the service's.
_BROKER = 'job="rabbitmq"'


def _lowest(metric: str, by: str) -> str:
    return f"min by ({by}) ({metric}{{{JOB}}})"


PAGE = Page(
    "servers",
    "Servers",
    (
        Row(
            "As the service sees them",
            (
                Panel(
                    "Ready replicas",
                    "short",
                    "1: the replica can do its work.",
                    (Query(_lowest("service_ready", "instance"), "{{instance}}"),),
                ),
                Panel(
                    "Dependencies",
                    "short",
                    "0: at least one replica has no use of it. /readyz has the reason.",
                    (Query(_lowest("dependency_ready", "dependency"), "{{dependency}}"),),
                ),
                Panel(
                    "Difference of the clocks",
                    "s",
                    "Of each replica and the database. Above a minute: set the clocks.",
                    (Query(greatest("clock_offset_seconds", "instance"), "{{instance}}"),),
                ),
                Panel(
                    "Cache",
                    "ops",
                    "Notifications that the cache (Redis) had, and those that it had not.",
                    (Query(HITS, "hits"), Query(MISSES, "misses")),
                ),
                Panel(
                    "Processor time",
                    "percentunit",
                    "Of each replica. 1 is a whole processor.",
                    (
                        Query(
                            f"rate(process_cpu_seconds_total{{{JOB}}}{RANGE})",
                            "{{instance}}",
                        ),
                    ),
                ),
                Panel(
                    "Memory",
                    "bytes",
                    "Of each replica.",
                    (Query(f"process_resident_memory_bytes{{{JOB}}}", "{{instance}}"),),
                ),
                Panel(
                    "Open files",
                    "short",
                    "Of each replica; connections are files.",
                    (Query(f"process_open_fds{{{JOB}}}", "{{instance}}"),),
                ),
                Panel(
                    "Lost log lines",
                    "ops",
                    "Lines that could not be written in time.",
                    (Query(rate("log_lines_lost_total", "instance"), "{{instance}}"),),
                ),
            ),
        ),
        Row(
            "RabbitMQ",
            (
                Panel(
                    "Queues",
                    "short",
                    "Messages of each queue.",
                    (
                        Query(
                            "max by (queue) (rabbitmq_detailed_queue_messages)",
                            "{{queue}}",
                        ),
                    ),
                ),
                Panel(
                    "Consumers",
                    "short",
                    "Of each queue.",
                    (
                        Query(
                            "max by (queue) (rabbitmq_detailed_queue_consumers)",
                            "{{queue}}",
                        ),
                    ),
                ),
                Panel(
                    "Messages",
                    "ops",
                    "From publishers, and to consumers.",
                    (
                        Query(
                            "sum(rate(rabbitmq_global_messages_received_total"
                            f"{{{_BROKER}}}{RANGE}))",
                            "received",
                        ),
                        Query(
                            "sum(rate(rabbitmq_global_messages_delivered_total"
                            f"{{{_BROKER}}}{RANGE}))",
                            "delivered",
                        ),
                    ),
                ),
                Panel(
                    "Alarms",
                    "short",
                    "1: RabbitMQ takes no messages.",
                    (
                        Query("max(rabbitmq_alarms_memory_used_watermark)", "memory"),
                        Query("max(rabbitmq_alarms_free_disk_space_watermark)", "disk"),
                    ),
                ),
                Panel(
                    "Memory of RabbitMQ",
                    "bytes",
                    "At the limit, it takes no messages.",
                    (
                        Query("max(rabbitmq_process_resident_memory_bytes)", "used"),
                        Query("max(rabbitmq_resident_memory_limit_bytes)", "limit"),
                    ),
                ),
                Panel(
                    "Free disk of RabbitMQ",
                    "bytes",
                    "Below the limit, it takes no messages.",
                    (
                        Query("min(rabbitmq_disk_space_available_bytes)", "free"),
                        Query("max(rabbitmq_disk_space_available_limit_bytes)", "limit"),
                    ),
                ),
                Panel(
                    "Connections to RabbitMQ",
                    "short",
                    "Connections and channels.",
                    (
                        Query("sum(rabbitmq_connections)", "connections"),
                        Query("sum(rabbitmq_channels)", "channels"),
                    ),
                ),
            ),
        ),
        Row(
            "Monitoring",
            (
                Panel(
                    "Targets",
                    "short",
                    "1: Prometheus gets its metrics.",
                    (Query("min by (job) (up)", "{{job}}"),),
                ),
            ),
        ),
    ),
)
