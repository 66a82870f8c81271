"""Passwords that change while the service has connections."""

import asyncio
from pathlib import Path

from yarl import URL

from chassis.bootstrap.environment import Environment
from chassis.bootstrap.settings import CoreSettings
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import unavailable
from tests.chassis.integration.rabbitmq.control import change_password, close_connections
from tests.servers.rabbitmq import RabbitmqServer


def broker_of(file: Path, table: Topology) -> RabbitBroker:
    environment = Environment({"BROKER_URL_FILE": str(file)})
    return RabbitBroker(environment.load(CoreSettings).broker_url, table)


async def test_connections_go_on_and_the_next_one_has_the_new_password(
    own_rabbitmq: RabbitmqServer, table: Topology, tmp_path: Path
) -> None:
    url, file = URL(own_rabbitmq.url), tmp_path / "url"
    file.write_text(str(url))
    broker = broker_of(file, table)
    await broker.check()

    await change_password(own_rabbitmq, "second")
    await broker.check()
    await close_connections(own_rabbitmq)
    # The old password, until the file has changed.
    async with asyncio.timeout(60):
        while "refuses the user or password" not in await unavailable(broker.check()):
            await asyncio.sleep(0.1)
    await asyncio.to_thread(file.write_text, str(url.with_password("second")))

    async with asyncio.timeout(60):
        await broker.check()
    await broker.close()
