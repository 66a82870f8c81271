import random
from collections import Counter
from itertools import islice

import pytest

from tests.chaos.fault import Fault
from tests.chaos.plan import Step, plan
from tests.chaos.world import World


async def nothing(world: World, chance: random.Random) -> None:
    raise AssertionError("a plan inflicts nothing")


FAULTS = [Fault(f"{on} {done}", on, nothing) for on in "abcde" for done in ("killed", "frozen")]


def kinds(step: Step) -> list[str]:
    return [blow.fault.name for blow in step.blows]


def steps(seed: int, seconds: float, blows: int) -> list[Step]:
    found: list[Step] = []
    for step in plan(seed, seconds, FAULTS):
        found.append(step)
        if sum(len(each.blows) for each in found) >= blows:
            return found
    raise AssertionError("a plan has no end")


def test_a_plan_is_the_same_for_the_same_seed_and_no_other() -> None:
    first, again, other = (list(islice(plan(seed, 90, FAULTS), 50)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("seconds", [10, 3600])
def test_every_fault_strikes_once_in_each_round(seconds: float) -> None:
    for seed in range(20):
        three = Counter(
            kind for step in steps(seed, seconds, 3 * len(FAULTS)) for kind in kinds(step)
        )
        assert three == dict.fromkeys((fault.name for fault in FAULTS), 3)


@pytest.mark.parametrize("seconds", [10, 3600])
def test_no_two_at_once_lay_hands_on_the_same_thing(seconds: float) -> None:
    for seed in range(20):
        for step in steps(seed, seconds, 100):
            struck = [blow.fault.on for blow in step.blows]
            assert struck
            assert len(struck) == len({*struck})


def test_a_long_run_has_faults_alone_and_some_together() -> None:
    sizes = {len(step.blows) for step in steps(1, 3600, 200)}
    assert sizes == {1, 2, 3}


def test_the_same_fault_strikes_in_other_ways() -> None:
    seeds = [blow.seed for step in steps(1, 3600, 200) for blow in step.blows]
    assert len({*seeds}) == len(seeds)
