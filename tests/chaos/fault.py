"""The faults of the world."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.chaos.world import World


def _nothing() -> str:
    return ""


@dataclass(frozen=True)
class Fault:
    """One kind of trouble.

    `name` tells it in the plan and in the report, as in "consumer killed". `on` is what it lays
    hands on: two faults that strike at once never have the same, so that none undoes the other.
    `inflict` strikes, waits, heals, and then returns. It draws its free choices (which replica, how
    long) from the `random.Random` that it gets. So a seed strikes the same way again. It heals also
    where it is cancelled. `lacks` returns what this machine has not got for it, or "".
    """

    name: str
    on: str
    inflict: Callable[[World, random.Random], Awaitable[None]]
    lacks: Callable[[], str] = _nothing
