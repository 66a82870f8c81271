import os
import subprocess
import sys
import time

import pytest

from tests.chaos.clock import Clock, clocks, lacks

pytestmark = pytest.mark.needs(lacks())

# Answers each line with both times.
TELLING = """
import sys, time
for _ in sys.stdin:
    print(time.time(), time.monotonic(), flush=True)
"""


def ask(child: subprocess.Popen[str]) -> tuple[float, float]:
    """Return how far its clock and its monotonic one are from this process's."""
    assert child.stdin
    assert child.stdout
    child.stdin.write("\n")
    child.stdin.flush()
    told, monotonic = map(float, child.stdout.readline().split())
    return told - time.time(), monotonic - time.monotonic()


def started(clock: Clock) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", TELLING],
        env=os.environ | clock.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_process_has_a_clock_of_its_own_that_can_be_set_while_it_runs() -> None:
    with clocks(1) as (clock,):
        clock.set(120)
        with started(clock) as child:
            assert ask(child) == pytest.approx((120, 0), abs=2)
            clock.set(-90.5)
            until = time.monotonic() + 10
            while ask(child)[0] > 0 and time.monotonic() < until:
                time.sleep(0.1)
            assert ask(child) == pytest.approx((-90.5, 0), abs=2)
            child.kill()
