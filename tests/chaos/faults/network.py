"""The network before a server or a replica: cut, reset, half open, slow, lossy, narrow, closed."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

from tests.chaos.conditions import Way
from tests.chaos.fault import Fault
from tests.chaos.proxy import Proxy
from tests.chaos.world import OVER_TCP, URLS, World

# The share of the faults that strikes the networks of all servers.
ALL_SHARE = 0.1

Strike = Callable[[Proxy, random.Random], Awaitable[None] | None]


def drawn(world: World, chance: random.Random) -> Sequence[Proxy]:
    """Draw whose network is struck: a server's or a front's, now and then those of all servers.

    A server's is used by all replicas, so it is drawn as often as that of all replicas together.
    """
    if chance.random() < ALL_SHARE:
        return [world.proxies[name] for name in URLS]
    if chance.random() < 0.5:
        return [world.proxies[chance.choice(list(URLS))]]
    name = chance.choice(sorted(world.fronts))
    return [world.proxies[f"{name} over {transport}"] for transport in OVER_TCP]


def again_and_again(done: str, strike: Callable[[Proxy], object]) -> Fault:
    """Return the fault that strikes all connections at once, a few times."""

    async def inflict(world: World, chance: random.Random) -> None:
        proxies = drawn(world, chance)
        for _ in range(chance.randint(1, 5)):
            for proxy in proxies:
                strike(proxy)
            await asyncio.sleep(chance.uniform(0, 0.5))

    return Fault(f"network {done}", "network", inflict)


def lasting(done: str, strike: Strike) -> Fault:
    """Return the fault that makes a network bad for a while."""

    async def inflict(world: World, chance: random.Random) -> None:
        proxies = drawn(world, chance)
        seconds = world.seconds(chance)
        try:
            for proxy in proxies:
                waiting = strike(proxy, chance)
                if waiting is not None:
                    await waiting
            await asyncio.sleep(seconds)
        finally:
            for proxy in proxies:
                await proxy.heal()

    return Fault(f"network {done}", "network", inflict)


def cut_off(server: str) -> Fault:
    """Return the fault that cuts one worker off from a server, which the others still reach."""

    async def inflict(world: World, chance: random.Random) -> None:
        worker = chance.choice(world.of("worker"))
        proxy = world.proxies[f"{worker.name} to {server}"]
        strike = chance.choice((Proxy.half_open, Proxy.hold, answerless, Proxy.refuse))
        seconds = world.seconds(chance)
        try:
            waiting = strike(proxy)
            if waiting is not None:
                await waiting
                proxy.cut()
            await asyncio.sleep(seconds)
        finally:
            await proxy.heal()

    return Fault(f"worker without {server}", "worker network", inflict)


def answerless(proxy: Proxy) -> None:
    """Lose all answers."""
    proxy.half_open(Way.DOWN)


def slow(proxy: Proxy, chance: random.Random) -> None:
    """Let all take longer, from what another city does to what a satellite does."""
    seconds = chance.uniform(0.02, 0.4)
    proxy.delay(seconds, jitter=chance.uniform(0, seconds))


FAULTS = (
    again_and_again("cut", Proxy.cut),
    again_and_again("reset", Proxy.reset),
    lasting("half open", lambda proxy, _: proxy.half_open()),
    lasting("without answers", lambda proxy, _: answerless(proxy)),
    lasting("held", lambda proxy, _: proxy.hold()),
    lasting("slow", slow),
    lasting("lossy", lambda proxy, chance: proxy.lose(chance.uniform(0.02, 0.3))),
    lasting("narrow", lambda proxy, chance: proxy.throttle(chance.uniform(5_000, 200_000))),
    lasting("refused", lambda proxy, _: proxy.refuse()),
    *(cut_off(server) for server in URLS),
)
