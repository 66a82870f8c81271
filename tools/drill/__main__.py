"""Runs drills: `python -m tools.drill [NAME ...] [options]`; by default all."""

import argparse
import asyncio
import inspect
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from tools.drill.alerts.drill import alerts
from tools.drill.backup.drill import backup
from tools.drill.delayed.drill import delayed
from tools.drill.exchanges.drill import exchanges
from tools.drill.failover import failover
from tools.drill.frozen import frozen
from tools.drill.hostile.drill import hostile
from tools.drill.leadership.drill import leadership
from tools.drill.long_outages import long_outages
from tools.drill.memory.drill import memory
from tools.drill.migration.drill import migration
from tools.drill.outages import outages
from tools.drill.poison import poison
from tools.drill.pruning import pruning
from tools.drill.replay import replay
from tools.drill.restore import restore
from tools.drill.retries import retries
from tools.drill.rolling import rolling
from tools.drill.rotation.drill import rotation
from tools.drill.rpc.drill import rpc
from tools.drill.server.drill import server
from tools.drill.server.fresh_root import fresh_root
from tools.drill.servers import running
from tools.drill.services import services
from tools.drill.sigterm import sigterm
from tools.drill.smuggling.drill import smuggling
from tools.drill.stage import stage
from tools.drill.streaming.drill import events
from tools.drill.transports import transports
from tools.drill.unrouted import unrouted
from tools.drill.violation import violation
from tools.service import install, render

DRILLS: Mapping[str, Callable[..., Awaitable[bool]]] = {
    "outages": outages,
    "services": services,
    "unrouted": unrouted,
    "events": events,
    "exchanges": exchanges,
    "replay": replay,
    "pruning": pruning,
    "frozen": frozen,
    "poison": poison,
    "violation": violation,
    "retries": retries,
    "sigterm": sigterm,
    "leadership": leadership,
    "rpc": rpc,
    "delayed": delayed,
    "long-outages": long_outages,
    "failover": failover,
    "restore": restore,
    "backup": backup,
    "rolling": rolling,
    "migration": migration,
    "transports": transports,
    "hostile": hostile,
    "smuggling": smuggling,
    "memory": memory,
    "alerts": alerts,
    "rotation": rotation,
    "server": server,
    "fresh-root": fresh_root,
}

SIZES = ("count", "seconds", "times")


def main() -> int:
    """Return 0 where all that must hold holds."""
    parser = argparse.ArgumentParser(prog="drill", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *DRILLS], help="which ones")
    parser.add_argument("--count", type=int, help="how many, or how often")
    parser.add_argument("--seconds", type=float, help="that a drill's parts take")
    parser.add_argument("--times", type=int, help="that a drill's last part is played")
    options = parser.parse_args()
    sizes = {name: getattr(options, name) for name in SIZES if getattr(options, name)}
    folder = Path(tempfile.mkdtemp(prefix="shallot-drill-"))
    try:
        return asyncio.run(run(options.name or list(DRILLS), folder, sizes))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def run(names: list[str], folder: Path, sizes: Mapping[str, float]) -> int:
    """Run these drills one after the other, each on servers of its own.

    `sizes` replace those of the drills that have such a parameter.
    """
    host = render(folder / "drill", {"project_name": "drill"})
    install(host, "--group", "dev")
    failed = []
    for name in names:
        async with running(host) as servers:
            async with stage(name, folder, servers) as on:
                known = inspect.signature(DRILLS[name]).parameters.keys()
                own = {size: value for size, value in sizes.items() if size in known}
                well = await DRILLS[name](on, **own)
            if unclean := on.unclean():
                print(f"ended with an error: {', '.join(unclean)}", file=sys.stderr)
            if unclean or not well:
                print(on.logs(), file=sys.stderr)
                failed.append(name)
    print(f"{len(names) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
