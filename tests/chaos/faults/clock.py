"""Replicas whose clocks are minutes apart, and clocks that are set while a replica runs."""

import asyncio
import random

from tests.chaos.clock import Clock, clocks, lacks
from tests.chaos.fault import Fault
from tests.chaos.faults.processes import drawn
from tests.chaos.replica import Replica
from tests.chaos.world import World

# Seconds from the machine's clock, so that two may be six minutes apart. Consumers take what is up
# to five minutes ahead of theirs, and try again what is further.
FURTHEST = 180.0


def off(role: str, done: str, steps: int) -> Fault:
    """Return the fault that starts a replica with another clock, and sets that `steps` times."""

    async def inflict(world: World, chance: random.Random) -> None:
        struck = drawn(world.of(role), chance)
        with clocks(len(struck)) as own:
            async with asyncio.TaskGroup() as group:
                for replica, clock in zip(struck, own, strict=True):
                    times = [_drawn(chance) for _ in range(1 + steps)]
                    seconds = world.seconds(chance)
                    group.create_task(_live(replica, clock, times, seconds))

    return Fault(f"{role} clock {done}", role, inflict, lacks)


async def _live(replica: Replica, clock: Clock, times: list[float], seconds: float) -> None:
    clock.set(times[0])
    try:
        await replica.end()
        await replica.start(**clock.environment)
        await asyncio.sleep(seconds)
        for time in times[1:]:
            clock.set(time)
            await asyncio.sleep(seconds)
    finally:
        await replica.close()
        await replica.start()


def _drawn(chance: random.Random) -> float:
    return chance.uniform(-FURTHEST, FURTHEST)


FAULTS = tuple(
    off(role, done, steps)
    for role in ("producer", "consumer", "worker")
    for done, steps in (("off", 0), ("set", 2))
    # One that is set has been off before.
    if role != "worker" or steps
)
