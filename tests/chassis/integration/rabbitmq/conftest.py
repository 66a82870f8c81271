"""A broker on the server that all tests share."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import default_topology, opened


@pytest.fixture(autouse=True)
async def all_is_closed() -> AsyncIterator[None]:
    """Fail the test that leaves a connection: its end would be a warning in any later test."""
    yield
    this = asyncio.current_task()
    # The client reports a lost connection in a task of its own.
    async with asyncio.timeout(60):
        while left := [task for task in asyncio.all_tasks() if task is not this]:
            await asyncio.wait(left, timeout=0.1)


@pytest.fixture
def table(unique_name: str) -> Topology:
    return default_topology(unique_name)


@pytest.fixture
async def broker(broker_url: str, table: Topology) -> AsyncIterator[RabbitBroker]:
    async with opened(broker_url, table) as broker:
        yield broker
