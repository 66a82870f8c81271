"""The workers ran each job once for each tick, one run after the other, under newer grants only."""

from collections.abc import Iterator

from tests.chaos.finding import Finding
from tests.chaos.stores import Stores
from tools.drill.leadership.ticking import JOBS


def ticks(stores: Stores) -> Iterator[Finding]:
    """Find ticks that no run finished, or two did, and runs at the same time or out of turn."""
    record = stores.ticks
    for job in JOBS:
        if not record.ticks(job):
            yield Finding("a job that never ran", job)
    for what, count in (
        ("a tick without a run", record.missed()),
        ("a tick with two runs", record.repeated()),
        ("runs at the same time", record.overlaps()),
    ):
        if count:
            yield Finding(what, f"{count} of {len(record.finished)} runs")
    if count := record.unfenced():
        detail = f"{count} of {len(record.runs)} runs"
        yield Finding("a run under an old grant", detail)
