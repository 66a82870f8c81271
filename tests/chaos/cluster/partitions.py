"""The network between the nodes: the leader cut off, unheard, at odds with one; all far apart."""

import asyncio
import random
from collections.abc import Callable

from tests.chaos.cluster.cluster import Cluster
from tests.chaos.cluster.node import Node
from tests.chaos.conditions import Way
from tests.chaos.fault import Fault
from tests.chaos.world import World

Strike = Callable[[Cluster, Node, random.Random], None]


def cut_off(cluster: Cluster, leader: Node, _: random.Random) -> None:
    """Let nothing pass between the leader and the others."""
    for other in cluster.others(leader):
        for link in cluster.between(leader, other):
            link.hold()


def unheard(cluster: Cluster, leader: Node, _: random.Random) -> None:
    """Lose what the leader says, while it hears the others."""
    for other in cluster.others(leader):
        opened, answered = cluster.between(leader, other)
        opened.half_open(Way.UP)
        answered.half_open(Way.DOWN)


def at_odds(cluster: Cluster, leader: Node, chance: random.Random) -> None:
    """Let nothing pass between the leader and one other; the third hears both."""
    for link in cluster.between(leader, chance.choice(cluster.others(leader))):
        link.hold()


def far_apart(cluster: Cluster, _: Node, chance: random.Random) -> None:
    """Let all nodes be as far from each other as cities are."""
    for link in cluster.links.values():
        seconds = chance.uniform(0.01, 0.1)
        link.delay(seconds, jitter=seconds)


def lasting(name: str, strike: Strike) -> Fault:
    """Return the fault that makes the network between the nodes bad for a while."""

    async def inflict(world: World, chance: random.Random) -> None:
        cluster = world.cluster
        leader = await cluster.leader(world.direct["BROKER_QUEUE"])
        try:
            strike(cluster, leader, chance)
            await asyncio.sleep(world.seconds(chance))
        finally:
            for link in cluster.links.values():
                await link.heal()
        await cluster.whole()

    return Fault(name, "rabbitmq", inflict)


FAULTS = (
    lasting("leader cut off", cut_off),
    lasting("leader unheard", unheard),
    lasting("leader at odds with one", at_odds),
    lasting("nodes far apart", far_apart),
)
