"""`amqp://` and `amqps://`: RabbitMQ."""

from app.application.ports.broker import Broker
from app.application.ports.dead_letters import DeadLetters
from app.bootstrap.settings import Settings
from app.infrastructure.rabbitmq.broker import RabbitBroker
from app.infrastructure.rabbitmq.connection import Connection
from app.infrastructure.rabbitmq.topology import Topology

EXAMPLE = "amqp://USER:PASSWORD@HOST:5672/"


def broker(settings: Settings, stored: DeadLetters) -> Broker:
    """Return the broker; it keeps what it parks in a queue, so `stored` stays empty."""
    return RabbitBroker(settings.broker_url, _topology(settings))


def problem(settings: Settings) -> str | None:
    """Return what is wrong with the URL, without a word of it."""
    try:
        Connection(settings.broker_url, "unused")
    except ValueError:
        return f"it cannot be read; write it as {EXAMPLE}, what is special percent-encoded"
    return None


def topology(settings: Settings) -> dict[str, list[str]]:
    """Return what is declared on the broker, for people."""
    return _topology(settings).described()


def _topology(settings: Settings) -> Topology:
    return Topology(
        exchange=settings.broker_exchange,
        queue=settings.broker_queue,
        bindings=settings.bindings,
        prefetch=settings.broker_prefetch,
        unrouted_limit=settings.broker_unrouted_limit,
        delays=settings.ladder.delays,
    )
