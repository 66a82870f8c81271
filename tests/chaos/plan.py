"""The plan: which faults strike, in which order, and which of them at once."""

import random
from collections.abc import Collection, Iterator
from typing import NamedTuple

from tests.chaos.fault import Fault

# How many strike at once: with time, one as a rule; in a short run more, so that all have a turn.
CROWDS = {"roomy": (1, 1, 1, 1, 2, 2, 3), "dense": (3, 3, 4)}
# Seconds that a fault takes with its recovery, about; a run with less for each kind is dense.
EACH = 10.0
# Seconds between two steps, at most.
PAUSE = 2.0


class Blow(NamedTuple):
    """A fault that strikes, and the seed of what it leaves open."""

    fault: Fault
    seed: int


class Step(NamedTuple):
    """Faults that strike at once, after a pause in seconds."""

    pause: float
    blows: tuple[Blow, ...]


def plan(seed: int, seconds: float, faults: Collection[Fault]) -> Iterator[Step]:
    """Yield steps without end: the same ones for the same arguments.

    They go in rounds, in each of which every fault strikes once. No two at once lay hands on the
    same thing.
    """
    chance = random.Random(seed)
    crowds = CROWDS["roomy" if seconds >= EACH * len(faults) else "dense"]
    while True:
        left = list(faults)
        chance.shuffle(left)
        while left:
            together = _bisect(left, chance.choice(crowds))
            left = [fault for fault in left if fault not in together]
            blows = tuple(Blow(fault, chance.getrandbits(32)) for fault in together)
            yield Step(chance.uniform(0, PAUSE), blows)


def _bisect(faults: list[Fault], most: int) -> list[Fault]:
    """Return the first `most` faults that lay hands on different things."""
    together: dict[str, Fault] = {}
    for fault in faults:
        if len(together) < most:
            together.setdefault(fault.on, fault)
    return list(together.values())
