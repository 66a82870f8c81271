"""One run: a world, faults while the load runs, and what the checker makes of it."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import report, stores
from tests.chaos.checker import Checked, check
from tests.chaos.cluster.scene import Scene
from tests.chaos.drive import drive
from tests.chaos.fault import Fault
from tests.chaos.history import History
from tests.chaos.plan import plan
from tests.chaos.world import Lengths, opened
from tools.drill.servers import Servers
from tools.service import Service

# Beyond every time limit of the service's and of its servers' clients: the slowest of them is that
# of AMQP's heartbeat, 45 s. In a short run beyond most: a statement has 10 s, its caller 12.
LONG = Lengths(usual=2.5, longest=55.0, share=0.05)
SHORT = Lengths(usual=1.0, longest=14.0, share=0.03)
# Seconds from which a run has time for the long ones.
LONG_FROM = 600.0

RATE = 280.0


@dataclass(frozen=True)
class Run:
    """The options of a run: the seed, the seconds, the faults, the items/s."""

    seed: int
    seconds: float
    faults: Collection[Fault]
    rate: float = RATE

    @property
    def lengths(self) -> Lengths:
        """How long its faults last."""
        return LONG if self.seconds >= LONG_FROM else SHORT


async def play(
    run: Run,
    name: str,
    service: Service,
    servers: Servers,
    folder: Path,
    scene: Scene | None = None,
) -> Checked:
    """Play a run in a world of that name; leave its history and its report in `folder`."""
    with History(folder / f"{name}.jsonl") as history:
        async with opened(name, service, servers, history, run.lengths, run.seed, scene) as world:
            steps = plan(run.seed, run.seconds, run.faults)
            at_least = len(run.faults)
            await drive(world, steps, run.seconds, at_least, run.seed, run.rate)
            found = await stores.read(world.direct, world.done)
        checked = check(history, found)
        spans = report.windows(history)
        lasted = history.now()
    table, total = report.by_kind(spans, checked), report.overall(spans, checked)
    title = f"{name}: seed {run.seed}, {lasted:,.0f} s"
    report.show(title, table, total, checked)
    about = {"seed": run.seed, "seconds": round(lasted, 1), "rate": run.rate}
    report.save(folder / f"{name}.json", about, table, total, checked)
    return checked
