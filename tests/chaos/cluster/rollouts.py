"""Replicas that are replaced one by one: by the same version, or by the next and back again."""

import asyncio
import random

from tests.chaos.fault import Fault
from tests.chaos.world import World
from tools.drill import look
from tools.drill.stage import command
from tools.service import Service

# Seconds for a replica of the next version to have stored something.
STORED = 60.0
PAUSE = 0.2

# The data that only the next version stores.
OF_THE_NEXT = "SELECT count(urgency) FROM notifications"


async def restart(world: World, chance: random.Random) -> None:
    """Replace every replica, one after the other."""
    await _replace(world, world.service, chance)


async def upgrade(world: World, chance: random.Random) -> None:
    """Migrate under load, replace every replica by the next version, and after a while go back.

    The database stays as it is then, ahead of its code, as after any rollback.
    """
    following = world.following
    await command(following, world.direct, "migrate")
    before = await _of_the_next(world)
    await _replace(world, following, chance)
    async with asyncio.timeout(STORED):
        while await _of_the_next(world) <= before:
            await asyncio.sleep(PAUSE)
    await asyncio.sleep(world.seconds(chance))
    await _replace(world, world.service, chance)


async def _replace(world: World, version: Service, chance: random.Random) -> None:
    replicas = list(world.replicas.values())
    chance.shuffle(replicas)
    for replica in replicas:
        await replica.end()
        replica.become(version)
        await replica.start()


async def _of_the_next(world: World) -> int:
    found: int = (await look.rows(world.direct["DATABASE_URL"], OF_THE_NEXT))[0][0]
    return found


FAULTS = (
    Fault("replicas restarted in turn", "service", restart),
    Fault("upgraded and rolled back", "service", upgrade),
)
