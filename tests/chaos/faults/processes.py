"""Processes of the service: killed, frozen, told to end; one of a role, or all of it."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence

from tests.chaos.fault import Fault
from tests.chaos.replica import Replica
from tests.chaos.world import World

# The share of the faults that strikes every replica of the role.
ALL_SHARE = 0.2

# Seconds that a worker is frozen at least: another one gets its locks and its lead after six.
PAST_THE_LEASE = 7.0

Strike = Callable[[Replica, float], Coroutine[None, None, None]]


async def kill(replica: Replica, seconds: float) -> None:
    """Kill it, and start it again that much later."""
    await replica.kill()
    await asyncio.sleep(seconds)
    await replica.start()


async def freeze(replica: Replica, seconds: float) -> None:
    """Make it stand still for that long."""
    replica.freeze()
    try:
        await asyncio.sleep(seconds)
    finally:
        replica.thaw()


async def freeze_worker(replica: Replica, seconds: float) -> None:
    """Make it stand still until another one has its locks, and that much longer."""
    await freeze(replica, PAST_THE_LEASE + seconds)


async def end(replica: Replica, seconds: float) -> None:
    """Tell it to end, and start it again that much later."""
    await replica.end()
    await asyncio.sleep(seconds)
    await replica.start()


def on(role: str, done: str, strike: Strike) -> Fault:
    """Return the fault that strikes one replica of a role, now and then all."""

    async def inflict(world: World, chance: random.Random) -> None:
        struck = drawn(world.of(role), chance)
        seconds = [world.seconds(chance) for _ in struck]
        async with asyncio.TaskGroup() as group:
            for replica, each in zip(struck, seconds, strict=True):
                group.create_task(strike(replica, each))

    return Fault(f"{role} {done}", role, inflict)


def drawn(replicas: Sequence[Replica], chance: random.Random) -> Sequence[Replica]:
    """Draw who is struck."""
    one = chance.choice(replicas)
    return replicas if chance.random() < ALL_SHARE else [one]


FAULTS = tuple(
    on(role, done, strike)
    for role in ("producer", "consumer", "worker")
    for done, strike in (
        ("killed", kill),
        ("frozen", freeze_worker if role == "worker" else freeze),
        ("told to end", end),
    )
)
