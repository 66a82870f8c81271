"""A broker on the server that all tests share."""

from collections.abc import AsyncIterator

import pytest

from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import default_topology, opened


@pytest.fixture
def table(unique_name: str) -> Topology:
    return default_topology(unique_name)


@pytest.fixture
async def broker(broker_url: str, table: Topology) -> AsyncIterator[RabbitBroker]:
    async with opened(broker_url, table) as broker:
        yield broker
