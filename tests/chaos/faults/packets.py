"""Packets lost on the way to a server or a replica: some of them, or all for a while."""

import asyncio
import random
from collections.abc import Callable

from tests.chaos.fault import Fault
from tests.chaos.faults.network import drawn
from tests.chaos.world import World
from tools.packets import dropped, lacks


def lost(done: str, share: Callable[[random.Random], float]) -> Fault:
    """Return the fault that loses a share of the packets before a proxy.

    The object there is the caller's own TCP, with its retransmissions and its time limits.
    """

    async def inflict(world: World, chance: random.Random) -> None:
        ports = [proxy.address.port for proxy in drawn(world, chance)]
        part, seconds = share(chance), world.seconds(chance)
        async with dropped(ports, part):
            await asyncio.sleep(seconds)

    return Fault(f"packets {done}", "packets", inflict, lacks)


FAULTS = (
    lost("lost", lambda chance: chance.uniform(0.02, 0.3)),
    lost("all lost", lambda _: 1.0),
)
