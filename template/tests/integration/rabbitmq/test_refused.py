"""What the server itself refuses, told in one line."""

from yarl import URL

from app.infrastructure.rabbitmq.broker import RabbitBroker
from app.infrastructure.rabbitmq.topology import Topology
from tests.integration.rabbitmq.brokers import unavailable


async def test_a_wrong_password(broker_url: str, table: Topology) -> None:
    url = URL(broker_url)
    broker = RabbitBroker(str(url.with_password("s3cret")), table)

    text = await unavailable(broker.check())

    assert text == (f"RabbitMQ at {url.host}:{url.port} refuses the user or password of BROKER_URL")


async def test_a_virtual_host_that_is_not_there(broker_url: str, table: Topology) -> None:
    url = URL(broker_url)
    broker = RabbitBroker(str(url.with_path("/nope")), table)

    text = await unavailable(broker.check())

    assert "refuses the virtual host nope" in text
