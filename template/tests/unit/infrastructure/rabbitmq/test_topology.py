from app.infrastructure.rabbitmq.topology import Topology

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
