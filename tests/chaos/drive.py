"""The driver: lets faults strike while the load runs, one step after the other."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from rich.console import Console

from tests.chaos import stores
from tests.chaos.aggregates.order import SHIPPED
from tests.chaos.chores.calling import calling
from tests.chaos.chores.ledger import STOP
from tests.chaos.load import Load
from tests.chaos.over import OTHERS, OtherCallers, OtherSubscriber
from tests.chaos.plan import Blow, Step
from tests.chaos.poison import Poisoner
from tests.chaos.pulse import Pulse
from tests.chaos.subscriber import Subscriber
from tests.chaos.world import World
from tools.drill import look

# Seconds: until all parts recover after a fault, and for all waiting items to arrive at the end. An
# event that a fast clock delayed waits two minutes at most.
RECOVERY = 120.0
REST = 150.0

HEAD = "SELECT coalesce(max(position), 0) FROM journal"

console = Console(highlight=False)


@dataclass
class Traffic:
    """The load during faults: callers, subscribers, and a sender of poison."""

    load: Load
    others: OtherCallers
    poisoner: Poisoner
    subscribers: list[Subscriber | OtherSubscriber]
    pulse: Pulse


async def drive(
    world: World, steps: Iterable[Step], seconds: float, at_least: int, seed: int, rate: float
) -> None:
    """Let steps strike for that long, and until there were `at_least` so many blows.

    Then wait for all that is under way to arrive. The events are in the world's history.
    """
    async with traffic(world, seed, rate) as on:
        await on.pulse.beats(RECOVERY)
        deadline = time.monotonic() + seconds
        blows = 0
        for number, step in enumerate(steps, 1):
            await asyncio.sleep(step.pause)
            blows += len(step.blows)
            is_well = await _strike(world, number, step, on.pulse)
            if not is_well or (time.monotonic() > deadline and blows >= at_least):
                break


@asynccontextmanager
async def traffic(world: World, seed: int, rate: float) -> AsyncIterator[Traffic]:
    """Let callers call and subscribers follow while the block lasts, and then all arrive."""
    pulse, history = Pulse(), world.history
    producers = [_url(world, replica.name) for replica in world.of("producer")]
    consumers = [_url(world, replica.name) for replica in world.of("consumer")]
    fronts = {
        role: [world.fronts[replica.name] for replica in world.of(role)]
        for role in ("producer", "consumer")
    }
    on = Traffic(
        Load(producers, history, pulse, seed, rate),
        OtherCallers(fronts["producer"], world.service.path, history, pulse, seed),
        Poisoner(world.direct, history, seed),
        [
            Subscriber(name, urls, query, history, pulse, seed, rewinds=name == "rewinding")
            for name, urls, query in (
                ("first", consumers[:1], {}),
                ("roaming", consumers, {}),
                ("rewinding", consumers, {}),
                ("by receiver", consumers, {"receiver": "r7"}),
                ("by action", consumers, {"action_type": "a1"}),
                ("by subject", consumers, {"subject": "r7"}),
                ("by customer", consumers, {"customer": "r8"}),
                ("by type", consumers, {"type": SHIPPED.name}),
            )
        ]
        + [
            OtherSubscriber(transport, fronts["consumer"], world.service.path, history, pulse, seed)
            for transport in OTHERS
        ],
        pulse,
    )
    async with AsyncExitStack() as stack:
        for subscriber in on.subscribers:
            await stack.enter_async_context(subscriber.following())
        remote = calling(world.service, world.settings, history, seed)
        await stack.enter_async_context(remote)
        # If one of them fails, so does the run, and at once.
        async with asyncio.TaskGroup() as running:
            for each in (on.load, on.others, on.poisoner):
                running.create_task(each.run())
            try:
                yield on
            finally:
                on.load.stop()
                on.others.stop()
                on.poisoner.stop()
        await _rest(world, on.subscribers)


async def _strike(world: World, number: int, step: Step, pulse: Pulse) -> bool:
    """Let the faults of a step strike; return whether all goes on again."""
    kinds = [blow.fault.name for blow in step.blows]
    world.history.note("step", number=number, kinds=kinds)
    began = time.monotonic()
    await asyncio.gather(*(_inflict(world, blow) for blow in step.blows))
    lasted = time.monotonic() - began
    told = f"{number:4} {world.history.now():7.1f} s  {' + '.join(kinds)}: {lasted:.1f} s"
    try:
        recovery = await pulse.beats(RECOVERY)
    except TimeoutError:
        world.history.note("not recovered", kinds=kinds, seconds=RECOVERY)
        console.print(f"{told}, and nothing comes through", style="bold red", soft_wrap=True)
        return False
    world.history.note("recovered", seconds=round(recovery, 3))
    well = f"{told}, well after {recovery:.1f} s, {pulse.accepted_in_all:,} accepted"
    console.print(well, soft_wrap=True)
    return True


async def _inflict(world: World, blow: Blow) -> None:
    kind = blow.fault.name
    world.history.note("struck", kind=kind, seed=blow.seed)
    try:
        await blow.fault.inflict(world, random.Random(blow.seed))
    except Exception as error:
        # The run continues, and reports it in the end: it may be an error of the test or of the
        # service.
        world.history.note("failed", kind=kind, error=repr(error))
    world.history.note("healed", kind=kind)


async def _rest(world: World, subscribers: list[Subscriber | OtherSubscriber]) -> None:
    """Wait until nothing is under way any more; what does not arrive in time, the checker finds."""
    deadline = time.monotonic() + REST
    url = world.direct["DATABASE_URL"]
    await look.script(url, STOP)
    # One that went back after the last look would end in the middle.
    for each in subscribers:
        each.stay()
    # Twice, because a worker may just have begun its last line.
    quiet = 0
    while time.monotonic() < deadline:
        waiting = await stores.waiting(world.direct)
        head = (await look.rows(url, HEAD))[0][0]
        behind = [each.name for each in subscribers if each.position < head]
        left = {name: count for name, count in waiting.items() if count}
        world.history.note("waits", left=left, behind=behind)
        quiet = 0 if left or behind else quiet + 1
        if quiet == 2:
            return
        await asyncio.sleep(0.5)


def _url(world: World, replica: str) -> str:
    return f"http://127.0.0.1:{world.fronts[replica]['http']}"
