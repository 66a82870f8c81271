from msgspec.structs import replace

from chassis.application.topology import OWN, Binding, Exchange, Queue
from chassis.infrastructure.rabbitmq.topology import Topology

TABLE = Topology(
    exchange="notifications",
    queue="svc.notifications",
    bindings=("notification.greeted.*", "notification.left.#"),
    prefetch=100,
    unrouted_limit=5,
)


def test_it_is_described_line_by_line() -> None:
    kept = "x-queue-type=quorum, x-delivery-limit=-1"
    bounds = "x-max-length=5, x-max-length-bytes=1073741824, x-overflow=reject-publish"
    joined = "exchange=notifications, queue=svc.notifications"

    assert TABLE.described() == {
        "fanout exchange": ["notifications.unrouted"],
        "queue": [
            f"notifications.unrouted: {kept}, {bounds}",
            f"svc.notifications.dead: {kept}",
            f"svc.notifications: {kept}",
        ],
        "binding": [
            "(all): exchange=notifications.unrouted, queue=notifications.unrouted",
            f"notification.greeted.*: {joined}",
            f"notification.left.#: {joined}",
        ],
        "topic exchange": ["notifications: alternate-exchange=notifications.unrouted"],
    }


def test_what_a_consumer_owns_is_not_shared() -> None:
    own = [row.name for row in TABLE.rows() if row.kind == "queue" and not row.shared]

    assert own == ["svc.notifications.dead", "svc.notifications"]


def test_each_delay_has_a_queue_that_leads_back() -> None:
    table = replace(TABLE, delays=(0.25, 60, 0.25))

    rows = {row.name: dict(row.arguments) for row in table.retrying()}

    back = {
        "x-queue-type": "quorum",
        "x-delivery-limit": -1,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "svc.notifications",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    assert rows == {
        "svc.notifications.retry.250ms": back | {"x-message-ttl": 250},
        "svc.notifications.retry.60000ms": back | {"x-message-ttl": 60_000},
    }
    assert len(table.retrying()) == len(rows)
    assert table.delayed(60) in rows


def test_one_partition_is_a_queue_with_a_single_active_consumer() -> None:
    table = replace(TABLE, partitions=1, delays=(1,))

    rows = {row.name: dict(row.arguments) for row in table.consuming()}

    assert rows["svc.notifications.single"]["x-single-active-consumer"] is True
    assert rows["notification.left.#"]["queue"] == "svc.notifications.single"
    retry = rows["svc.notifications.single.retry.1000ms"]
    assert retry["x-dead-letter-routing-key"] == "svc.notifications.single"
    assert table.replaced == ("svc.notifications", "svc.notifications.partition.1")


def test_partitions_have_an_exchange_that_hashes_the_subject() -> None:
    table = replace(TABLE, partitions=3, delays=(1,))

    rows = table.consuming()
    named = {row.name: dict(row.arguments) for row in rows}

    assert named["svc.notifications.partitions"] == {"hash-header": "cloudEvents_subject"}
    assert named["notification.left.#"] == {
        "exchange": "notifications",
        "to": "svc.notifications.partitions",
    }
    assert [row.arguments["queue"] for row in rows if row.name == "1"] == list(table.queues)
    retry = named["svc.notifications.partitions.retry.1000ms"]
    assert retry["x-dead-letter-exchange"] == "svc.notifications.partitions"
    # Declared before anything is bound to it.
    names = [row.name for row in rows]
    assert names.index("svc.notifications.partitions") < names.index("notification.left.#")


def test_rows_of_the_service_are_declared_by_the_role_that_needs_them() -> None:
    table = replace(
        TABLE,
        table=(
            Binding(exchange="audit", key="notification.#"),
            Binding(queue=OWN, source="audit"),
            Exchange(name="audit", kind="fanout"),
            Queue(name="trail", kind="stream", max_age="1D"),
            Binding(source="audit", queue="trail"),
        ),
    )

    published = [(row.kind, row.name, dict(row.arguments)) for row in table.publishing()[4:]]
    consumed = [(row.kind, row.name, dict(row.arguments)) for row in table.consuming()[-1:]]

    assert published == [
        ("fanout exchange", "audit", {}),
        ("queue", "trail", {"x-queue-type": "stream", "x-max-age": "1D"}),
        ("binding", "notification.#", {"exchange": "notifications", "to": "audit"}),
        ("binding", "", {"exchange": "audit", "queue": "trail"}),
    ]
    assert consumed == [("binding", "", {"exchange": "audit", "queue": "svc.notifications"})]


def test_a_queue_that_is_there_is_bound_next() -> None:
    names = [row.name for row in replace(TABLE, delays=(1,)).rows()]

    place = names.index(TABLE.queue)
    assert names[place + 1 :] == list(TABLE.bindings)


def test_durable_jobs_have_a_queue_of_their_own_and_the_same_dead_letters() -> None:
    jobs = replace(TABLE, delays=(1,), partitions=4).of_jobs(["durable-job.svc.resize"], 8)

    queues = [row.name for row in jobs.rows() if row.kind == "queue"]
    assert queues == [
        "notifications.unrouted",
        "svc.notifications.dead",
        "svc.notifications.jobs.retry.1000ms",
        "svc.notifications.jobs",
    ]
    [(key, arguments)] = [
        (row.name, row.arguments) for row in jobs.consuming() if row.kind == "binding"
    ]
    assert (key, arguments["queue"]) == ("durable-job.svc.resize", "svc.notifications.jobs")
    assert (jobs.prefetch, jobs.dead) == (8, TABLE.dead)
