import time

import pytest

from chassis.interfaces.quic import time_share
from chassis.interfaces.quic.time_share import TimeShare


class Clock:
    """A processor's time that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time_share, "time", made)
    return made


def test_work_may_take_its_burst_and_then_its_share(clock: Clock) -> None:
    own = TimeShare(share=0.25, burst=1.0)
    done = 0
    for _ in range(400):
        if own.has_time:
            with own.spending():
                clock.now += 0.1
            done += 1
        else:
            clock.now += 0.1
    # A quarter of the time, and the burst.
    assert done == pytest.approx(100 + 10, abs=12)


def test_time_that_was_not_used_does_not_add_up_beyond_the_burst(clock: Clock) -> None:
    own = TimeShare(share=0.5, burst=1.0)
    clock.now += 1000
    spent = 0.0
    while own.has_time:
        with own.spending():
            clock.now += 0.1
        spent += 0.1
    assert spent <= 2.2


def test_the_clock_is_the_one_of_the_system() -> None:
    own = TimeShare(share=0.0, burst=0.001)
    with own.spending():
        time.sleep(0.002)
    assert not own.has_time
