"""A RabbitMQ of three nodes: the nodes, the network between them, and a balancer before them."""

import asyncio
import random
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from tests.chaos.cluster import erlang, node
from tests.chaos.cluster.balancer import Balancer
from tests.chaos.cluster.names import Names
from tests.chaos.cluster.node import Node, Place
from tests.chaos.proxy import Proxy
from tools.client.address import Address
from tools.process import free_port

NAMES = ("chaos1", "chaos2", "chaos3")
HOST = "127.0.0.1"

# Seconds in which the nodes come together again, and between two looks.
TOGETHER = 90.0
PAUSE = 0.3

RUNNING = "rabbit_nodes:list_running()."
# The node that leads a queue, and the nodes that have it.
MEMBERS = """
    {{ok, Queue}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"{queue}">>)),
    {{ok, Members, {{_, Leader}}}} = ra:members(amqqueue:get_pid(Queue)),
    [Leader | [Node || {{_, Node}} <- Members]].
"""


@dataclass(frozen=True)
class Cluster:
    """Three nodes by name; `url` is what reaches them, by way of a load balancer.

    `links` are the proxies between them: what the first says to the second, where it was the first
    that connected, and what is answered.
    """

    url: str
    cookie: str
    nodes: Mapping[str, Node]
    links: Mapping[tuple[str, str], Proxy]

    async def leader(self, queue: str, asked: Node | None = None) -> Node:
        """Return the node that leads a quorum queue, which all nodes keep; as one knows it.

        Raises `RuntimeError` if one does not have it, or it has no leader.
        """
        name = asked.place.name if asked else next(iter(self.nodes))
        leader, *members = await self._told(name, MEMBERS.format(queue=queue))
        if {*members} != self.nodes.keys():
            raise RuntimeError(f"only {', '.join(members)} keep {queue}")
        return self.nodes[leader]

    def others(self, node: Node) -> list[Node]:
        """Return the nodes but that one."""
        return [each for each in self.nodes.values() if each is not node]

    def between(self, one: Node, other: Node) -> tuple[Proxy, Proxy]:
        """Return the links that the one has opened to the other, and the other way round."""
        names = one.place.name, other.place.name
        return self.links[names], self.links[names[1], names[0]]

    async def whole(self) -> None:
        """Wait until every node serves and sees all others; raises `TimeoutError`."""
        async with asyncio.timeout(TOGETHER):
            while not all([await self._sees_all(name) for name in self.nodes]):
                await asyncio.sleep(PAUSE)

    async def _sees_all(self, name: str) -> bool:
        try:
            seen = await self._told(name, RUNNING)
        except (RuntimeError, TimeoutError):
            return False
        return {*seen} == self.nodes.keys() and await self.nodes[name].serves()

    async def _told(self, name: str, expressions: str) -> list[str]:
        """Return the names of the nodes in what a node answers."""
        port = self.nodes[name].place.distribution
        told = await erlang.evaluate(port, self.cookie, expressions)
        return re.findall(f"({'|'.join(NAMES)})@", told)


def lacks() -> str:
    """Return what this machine has not got for it, or ""."""
    return erlang.lacks() if node.find() else "RabbitMQ (apt-get install rabbitmq-server)"


@asynccontextmanager
async def running(folder: Path, chance: random.Random) -> AsyncIterator[Cluster]:
    """Run one for as long as the block lasts, with its data in `folder`."""
    cookie, password = secrets.token_hex(16), secrets.token_urlsafe(12)
    file = folder / ".erlang.cookie"
    file.write_text(cookie)
    file.chmod(0o400)
    ports = {name: free_port() for name in NAMES}
    async with AsyncExitStack() as stack:
        links = {
            (one, other): await stack.enter_async_context(
                Proxy(Address(HOST, ports[other]), chance)
            )
            for one, other in permutations(NAMES, 2)
        }
        nodes = {}
        for name in NAMES:
            peers = {other: links[name, other].address.port for other in NAMES if other != name}
            names = await stack.enter_async_context(Names({name: ports[name], **peers}))
            amqp = Address(HOST, free_port())
            place = Place(name, folder / name, amqp, ports[name], names.port)
            nodes[name] = Node(place, _lines(password))
            stack.push_async_callback(nodes[name].close)
        balancer = Balancer([each.place.amqp for each in nodes.values()], chance)
        await stack.enter_async_context(balancer)
        url = f"amqp://app:{password}@{HOST}:{balancer.address.port}/"
        cluster = Cluster(url, cookie, nodes, links)
        # At once: each looks for the others before it goes on.
        await asyncio.gather(*(each.start() for each in nodes.values()))
        await cluster.whole()
        yield cluster


def _lines(password: str) -> list[str]:
    return [
        "default_user = app",
        f"default_pass = {password}",
        "cluster_formation.peer_discovery_backend = classic_config",
        *(
            f"cluster_formation.classic_config.nodes.{number} = {name}@localhost"
            for number, name in enumerate(NAMES, 1)
        ),
        # By default, a node that was cut off goes on by itself until an operator ends that.
        "cluster_partition_handling = pause_minority",
    ]
