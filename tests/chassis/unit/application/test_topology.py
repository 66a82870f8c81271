import pytest

from chassis.application.topology import (
    EVENTS,
    OWN,
    Binding,
    Exchange,
    Queue,
    TopologyRow,
    check_topology,
)

AUDIT = Exchange(name="audit", kind="fanout")


@pytest.mark.parametrize(
    ("rows", "why"),
    (
        ([AUDIT, AUDIT], "two rows of the topology are the exchange audit"),
        ([Queue(name="a"), Queue(name="a")], "the queue a"),
        ([Exchange(name="", kind="fanout")], "needs a name"),
        ([Queue(name="é" * 101)], "needs a name"),
        ([Binding(source="audit", queue=OWN)], "the exchange audit, which has no row"),
        ([Binding(exchange="audit")], "the exchange audit, which has no row"),
        ([AUDIT, Binding(source="audit", queue="nobody")], "the queue nobody, which has no row"),
        ([AUDIT, Binding(source="audit", exchange=EVENTS)], "would be a loop"),
        (
            [Exchange(name="shards", kind="consistent-hash"), Binding(source="shards", queue=OWN)],
            "needs a weight",
        ),
    ),
)
def test_rows_that_do_not_fit_together_are_refused(rows: list[TopologyRow], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_topology(rows)


def test_rows_that_fit_together_pass() -> None:
    check_topology(
        [
            AUDIT,
            Queue(name="audit.trail", kind="stream"),
            Binding(exchange="audit", key="order.#"),
            Binding(source="audit", queue="audit.trail"),
            Binding(queue=OWN, key="payment.#"),
        ]
    )


@pytest.mark.parametrize(("queue", "exchange"), ((None, None), ("a", "b")))
def test_a_binding_has_one_target(queue: str | None, exchange: str | None) -> None:
    with pytest.raises(ValueError, match="a queue or an exchange"):
        Binding(queue=queue, exchange=exchange)
