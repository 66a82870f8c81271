"""The rows of the drilled service: one exchange and its queues for each pattern."""

HASHED = tuple(f"by.hash.{number}" for number in range(4))
SUBJECTS = ("ada", "bob", "eve", "joe", "kim", "lea", "max", "zoe")
ACTIONS = ("greeted", "left")

MODULE = f'''"""An exchange and its queues for each pattern."""

from dependency_injector import containers, providers

from chassis.application.topology import SUBJECT, TYPE, Binding, Exchange, Queue

KEY = "notification.#"
ROWS = (
    Queue(name="by.topic"),
    Binding(queue="by.topic", key="notification.*.bob"),
    Exchange(name="direct", kind="direct"),
    Queue(name="by.direct"),
    Binding(exchange="direct", key=KEY),
    Binding(source="direct", queue="by.direct", key="notification.greeted.ada"),
    Exchange(name="fanout", kind="fanout"),
    Queue(name="by.fanout.1"),
    Queue(name="by.fanout.2"),
    Binding(exchange="fanout", key=KEY),
    Binding(source="fanout", queue="by.fanout.1"),
    Binding(source="fanout", queue="by.fanout.2"),
    Exchange(name="headers", kind="headers"),
    Queue(name="by.all"),
    Queue(name="by.any"),
    Queue(name="by.none"),
    Binding(exchange="headers", key=KEY),
    Binding(
        source="headers",
        queue="by.all",
        headers={{TYPE: "notification.registered.v1", SUBJECT: "eve"}},
    ),
    Binding(
        source="headers",
        queue="by.any",
        headers={{TYPE: "order.placed.v1", SUBJECT: "eve"}},
        match="any",
    ),
    Binding(source="headers", queue="by.none", headers={{TYPE: "order.placed.v1", SUBJECT: "eve"}}),
    Exchange(name="hash", kind="consistent-hash", hashes=SUBJECT),
    Binding(exchange="hash", key=KEY),
    *(Queue(name=name) for name in {HASHED!r}),
    *(Binding(source="hash", queue=name, key="1") for name in {HASHED!r}),
    Queue(name="shared"),
    Binding(queue="shared", key=KEY),
    Queue(name="single", single_active=True),
    Binding(queue="single", key=KEY),
    Queue(name="past", kind="stream"),
    Binding(queue="past", key=KEY),
)


class Container(containers.DeclarativeContainer):
    """The rows."""

    topology = providers.List(*map(providers.Object, ROWS))
'''
