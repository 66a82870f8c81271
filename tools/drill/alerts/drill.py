"""`alerts`: each alert fires by its own fault and ends after it; each panel has an answer."""

import asyncio
import time
from typing import NamedTuple

from tools.drill import look
from tools.drill.alerts.broker import export_metrics
from tools.drill.alerts.drip import dripping
from tools.drill.alerts.faults import FAULTS, Fault
from tools.drill.alerts.faulty import add_faulty
from tools.drill.alerts.panels import judge_panels
from tools.drill.alerts.scene import PATIENCE, Scene
from tools.drill.alerts.watch import HOLDS, INTERVAL, RANGE, watching
from tools.drill.delayed.planning import MODULE, TABLES
from tools.drill.stage import Stage
from tools.drill.subscriber import Subscriber
from tools.drill.table import show
from tools.drill.verdict import Verdict, console

SETTINGS = {
    "OUTBOX_MARK": "200",
    "MAX_CONNECTIONS": "200",
    "RETRY_DELAYS": "3,3,3",
}
# Seconds of load before the panels are read, and the least without an alert.
CALM = 20.0


class Seen(NamedTuple):
    """When an alert fired after the fault, and when it ended after that; in seconds."""

    alert: str
    fault: str
    fired: float
    ended: float


async def alerts(stage: Stage) -> bool:
    """Inflict each fault under load, and read Alertmanager meanwhile."""
    service = stage.service("watched", ["producer", "consumer", "worker"])
    add_faulty(service)
    (service.path / "src/app/bootstrap/own/planning.py").write_text(MODULE)
    settings = await stage.settings(service, **SETTINGS)
    for table in TABLES:
        await look.rows(settings["DATABASE_URL"], table)
    port = await export_metrics(settings["BROKER_URL"])
    source = service.path / "deploy" / "monitoring"
    verdict = Verdict(
        f"{stage.name}: read each {INTERVAL}, alerts after {HOLDS} instead of minutes, rates of "
        f"{RANGE}"
    )
    async with watching(source, port, stage.folder / "watch") as watch:
        scene = Scene(stage, service, settings, watch)
        await scene.start()
        await watch.is_up("service", "rabbitmq", "rabbitmq-queues", "alertmanager", "prometheus")
        async with dripping(scene.process.url), Subscriber(scene.process.url).following():
            await asyncio.sleep(CALM)
            verdict.equal("alerts before any fault", sorted(await watch.firing()), [])
            await judge_panels(watch, source / "grafana" / "dashboards", verdict)
            seen = [row for fault in FAULTS for row in await _suffer(scene, fault, verdict)]
    show(
        f"{stage.name}: seconds from a fault to its alert, and from its end to the alert's",
        ("alert", "fault", "fired after", "ended after"),
        seen,
    )
    verdict.equal(
        "alerts that have fired and ended", len({row.alert for row in seen}), len(watch.alerts)
    )
    return verdict.show()


async def _suffer(scene: Scene, fault: Fault, verdict: Verdict) -> list[Seen]:
    """Inflict one fault; return when its alerts came and went, as far as they did."""
    console.print(f"{fault.name}: {', '.join(fault.alerts)}")
    # Those of earlier faults end, too.
    await scene.ended(*scene.watch.alerts)
    began = time.monotonic()
    async with fault.inflict(scene):
        fired = await _times(scene, {*fault.alerts}, began, is_firing=True)
        healed = time.monotonic()
    ended = await _times(scene, {*fired}, healed, is_firing=False)
    verdict.equal(f"{fault.name}: fired and ended", sorted(ended), sorted(fault.alerts))
    return [Seen(name, fault.name, fired[name], after) for name, after in ended.items()]


async def _times(
    scene: Scene, alerts: set[str], since: float, *, is_firing: bool
) -> dict[str, float]:
    """Return how long each alert took to fire, or to end; those in time."""
    times: dict[str, float] = {}
    while time.monotonic() < since + PATIENCE and times.keys() != alerts:
        firing = await scene.watch.firing()
        for name in alerts - times.keys():
            if (name in firing) is is_firing:
                times[name] = time.monotonic() - since
        await asyncio.sleep(0.2)
    return times
