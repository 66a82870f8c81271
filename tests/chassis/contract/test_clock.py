"""The port `Clock`."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.application.ports.clock import Clock
from chassis.infrastructure.clock import system_clock

CLOCKS: dict[str, Clock] = {"system": system_clock}


@pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)
def test_it_tells_the_time_in_utc(clock: Clock) -> None:
    before = datetime.now(UTC)
    told = clock()

    assert told.tzinfo is UTC
    assert before <= told <= before + timedelta(minutes=1)
