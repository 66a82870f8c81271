from msgspec.structs import replace

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


def test_a_queue_that_is_there_is_bound_next() -> None:
    names = [row.name for row in replace(TABLE, delays=(1,)).rows()]

    place = names.index(TABLE.queue)
    assert names[place + 1 :] == list(TABLE.bindings)
