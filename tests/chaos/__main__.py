"""Lets faults strike a generated service under load, and counts what has become of everything.

Ends with 1 where anything is lost, comes twice, or needed a hand. The history and the report are in
`build/chaos`.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.checker import Checked
from tests.chaos.fault import Fault
from tests.chaos.faults import FAULTS
from tests.chaos.outcome import exit_code
from tests.chaos.run import RATE, Run, play
from tests.chaos.seeds import SEEDS
from tests.chaos.service import make_service
from tests.chaos.small_disks import small_disks
from tools.drill.servers import running
from tools.required import is_required
from tools.service import ROOT

FOLDER = ROOT / "build" / "chaos"
SECONDS = 90.0
SEED = 1


def main() -> int:
    """Return 0 where all that must hold holds."""
    options = _parser().parse_args()
    if options.list:
        return show_list()
    planned = _run(options)
    return exit_code(planned, run(planned))


async def run(planned: Run) -> Checked:
    """Play it on servers of its own."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="shallot-chaos-"))
    try:
        service = make_service(folder / "service")
        async with running(service) as servers, small_disks(servers):
            return await play(planned, "chaos", service, servers, FOLDER)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def show_list() -> int:
    """Print the faults, and what this machine has not got for them."""
    for fault in FAULTS.values():
        lacks = fault.lacks()
        print(f"{fault.name}: not here, it needs {lacks}" if lacks else fault.name)
    return 0


def possible(names: Sequence[str]) -> list[Fault]:
    """Return the faults of these names, or all, that this machine can do; report the rest.

    Raises `SystemExit` for a missing program, if `REQUIRE_SERVICES=1` says that all are installed.
    """
    faults = []
    for name in names or FAULTS:
        if lacks := FAULTS[name].lacks():
            if is_required(lacks):
                raise SystemExit(f"{name} needs {lacks}")
            print(f"left out: {name}, which needs {lacks}", file=sys.stderr)
        else:
            faults.append(FAULTS[name])
    return faults


def _run(options: argparse.Namespace) -> Run:
    if options.again:
        found = SEEDS[options.again]
        return Run(found.seed, found.seconds, possible(found.only))
    seconds = 60 * options.minutes if options.minutes else options.seconds
    return Run(options.seed, seconds, possible(options.only), options.rate)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="how long faults strike")
    length.add_argument("--seconds", type=float, default=SECONDS, help="the same")
    parser.add_argument("--seed", type=int, default=SEED, help="what is drawn by chance")
    parser.add_argument("--rate", type=float, default=RATE, help="items a second")
    parser.add_argument("--only", nargs="+", choices=FAULTS, default=[], metavar="FAULT")
    parser.add_argument("--again", choices=SEEDS, help="a run that has found something")
    parser.add_argument("--list", action="store_true", help="list the faults")
    return parser


if __name__ == "__main__":
    sys.exit(main())
