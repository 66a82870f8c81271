"""Runs drills: `python -m tools.drill [NAME ...] [--count N]`; all of them by default."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tools.drill.frozen import frozen
from tools.drill.outages import outages
from tools.drill.poison import poison
from tools.drill.servers import running
from tools.drill.services import services
from tools.drill.stage import stage
from tools.drill.unrouted import unrouted
from tools.service import install, render

DRILLS = {drill.__name__: drill for drill in (outages, services, unrouted, frozen, poison)}


def main() -> int:
    """Return 0 where all that must hold holds."""
    parser = argparse.ArgumentParser(prog="drill", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *DRILLS], help="which ones")
    parser.add_argument("--count", type=int, help="notifications in each, instead of its own")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shallot-drill-"))
    try:
        return asyncio.run(run(options.name or list(DRILLS), folder, options.count))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def run(names: list[str], folder: Path, count: int | None) -> int:
    """Run these drills one after the other, each on servers of its own."""
    host = render(folder / "drill", {"project_name": "drill"})
    install(host, "--group", "dev")
    failed = []
    for name in names:
        async with running(host) as servers:
            async with stage(name, folder, servers) as on:
                well = await DRILLS[name](on, **({"count": count} if count else {}))
            if unclean := on.unclean():
                print(f"ended with an error: {', '.join(unclean)}", file=sys.stderr)
            if unclean or not well:
                print(on.logs(), file=sys.stderr)
                failed.append(name)
    print(f"{len(names) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
