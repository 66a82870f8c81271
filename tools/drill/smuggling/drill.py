"""Smuggling: attackers and good callers share the connections that a proxy keeps to a service."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice

from tools.drill.smuggling.attack import attack
from tools.drill.smuggling.fronts import FRONTS, Front, front
from tools.drill.smuggling.good import ANOTHER, OWN, Good
from tools.drill.smuggling.shapes import SHAPES, Shape
from tools.drill.stage import Stage, command
from tools.drill.table import show
from tools.drill.verdict import Verdict

COUNT = 1000
WORKERS = 6
SETTINGS = {"AUTH": "jwt", "AUTH_JWT_KEY": "a secret that is as long as it has to be"}


async def smuggling(stage: Stage, count: int = COUNT) -> bool:
    """Mix `count` attacks with as many good requests, behind each proxy."""
    service = stage.service("several", ["producer", "consumer"])
    settings = await stage.settings(service, **SETTINGS)
    token = (await command(service, settings, "token", "good")).strip()
    verdict = Verdict(f"{stage.name}: what must hold")
    for name in FRONTS:
        process = await stage.serve(service, settings)
        try:
            good, attacks = await behind(name, process.ports["http"], token, count)
        finally:
            await process.end()
        _tell(stage.name, name, attacks)
        verdict.equal(f"attacks behind {name}, of {len(SHAPES)} shapes", _sum(attacks), count)
        verdict.equal(f"good requests behind {name} with their own answer", good[OWN], count)
        verdict.equal(f"good requests behind {name} with another's answer", good[ANOTHER], 0)
        for reason in good.keys() - {OWN, ANOTHER}:
            verdict.equal(f"good requests behind {name}, answer: {reason}", good[reason], 0)
    return verdict.show()


async def behind(
    name: Front, service: int, token: str, count: int
) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """Return whose answers the good requests got, and what each shape of attack was answered."""
    attacks: dict[str, Counter[str]] = {shape.name: Counter() for shape in SHAPES}
    seen: Counter[str] = Counter()
    shapes = islice(cycle(SHAPES), count)
    async with front(name, service) as port, asyncio.TaskGroup() as group:
        for number in range(WORKERS):
            good = Good(port, token, f"{name}-{number}", seen)
            group.create_task(_take_turns(port, shapes, attacks, good))
    return seen, attacks


async def _take_turns(
    port: int, shapes: Iterator[Shape], attacks: dict[str, Counter[str]], good: Good
) -> None:
    # Each good request comes right after an attack: a proxy gives it the same connection.
    for shape in shapes:
        await attack(port, shape, attacks[shape.name])
        await good.ask()
    await good.close()


def _sum(attacks: dict[str, Counter[str]]) -> int:
    return sum(each.total() for each in attacks.values())


def _tell(drill: str, name: Front, attacks: dict[str, Counter[str]]) -> None:
    rows = [
        (shape, ", ".join(f"{count} times {status}" for status, count in found.most_common()))
        for shape, found in attacks.items()
    ]
    show(f"{drill}: attacks behind {name}", ("shape", "answers"), rows)
