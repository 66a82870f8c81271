"""Nodes of the cluster: killed, stopped, frozen; the queue's leader, most of them, or all."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence

from tests.chaos.cluster.cluster import Cluster
from tests.chaos.cluster.node import Node
from tests.chaos.fault import Fault
from tests.chaos.world import World

Strike = Callable[[Node, float], Coroutine[None, None, None]]
Draw = Callable[[Cluster, Node, random.Random], Sequence[Node]]


async def kill(node: Node, seconds: float) -> None:
    """Kill it, and start it again that much later."""
    await node.kill()
    await asyncio.sleep(seconds)
    await node.start()


async def stop(node: Node, seconds: float) -> None:
    """Stop it in good order, and start it again that much later."""
    await node.stop()
    await asyncio.sleep(seconds)
    await node.start()


async def freeze(node: Node, seconds: float) -> None:
    """Make it stand still for that long."""
    node.freeze()
    try:
        await asyncio.sleep(seconds)
    finally:
        node.thaw()


def the_leader(_: Cluster, leader: Node, __: random.Random) -> Sequence[Node]:
    """Draw the node that leads the service's queue."""
    return [leader]


def most(cluster: Cluster, leader: Node, chance: random.Random) -> Sequence[Node]:
    """Draw the leader and another one: what is left is no majority."""
    return [leader, chance.choice(cluster.others(leader))]


def every(cluster: Cluster, _: Node, __: random.Random) -> Sequence[Node]:
    """Draw all of them."""
    return list(cluster.nodes.values())


def on(whom: str, draw: Draw, done: str, strike: Strike) -> Fault:
    """Return the fault that strikes nodes at once, all for the same time."""

    async def inflict(world: World, chance: random.Random) -> None:
        cluster = world.cluster
        leader = await cluster.leader(world.direct["BROKER_QUEUE"])
        struck, seconds = draw(cluster, leader, chance), world.seconds(chance)
        async with asyncio.TaskGroup() as group:
            for node in struck:
                group.create_task(strike(node, seconds))
        await cluster.whole()

    return Fault(f"{whom} {done}", "rabbitmq", inflict)


async def restart(world: World, _: random.Random) -> None:
    """Stop and start one node after the other, as for a new version of RabbitMQ."""
    for node in world.cluster.nodes.values():
        await stop(node, 0)
        await world.cluster.whole()


FAULTS = (
    on("leader", the_leader, "killed", kill),
    on("leader", the_leader, "stopped", stop),
    on("leader", the_leader, "frozen", freeze),
    on("two nodes", most, "killed", kill),
    on("all nodes", every, "killed", kill),
    Fault("nodes restarted in turn", "rabbitmq", restart),
)
