"""Sends hostile bytes to a service: `python -m tools.fuzz`; its README describes the targets."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tests.matrix import CASES
from tools.fuzz.report import crash, table
from tools.fuzz.run import CRASHES, TARGETS, Outcome, run
from tools.service import ROOT, TESTED, Service, install, pip_install, render

SECONDS = 120.0
GROUP = f"{ROOT / 'pyproject.toml'}:fuzz"


def main() -> int:
    """Return 0 where no input was found that a target does not stand."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *TARGETS], help="which targets")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of processor time for each, unless flat"
    )
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shallot-fuzz-"))
    try:
        service = prepared(folder / "fuzz")
        outcomes = asyncio.run(fuzz(service, options.name or TARGETS, options.seconds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for outcome in outcomes:
        if outcome.crashes:
            print(crash(outcome))
    print(table(outcomes))
    found = sum(len(outcome.crashes) for outcome in outcomes)
    print(f"{found} crashes{f', kept in {CRASHES}' if found else ''}")
    return 1 if found else 0


def prepared(path: Path) -> Service:
    """Return a project with all transports; its environment has atheris, too."""
    service = render(path, {"project_name": "fuzz", **CASES["full"]})
    install(service)
    pip_install(service, *TESTED, "--group", GROUP)
    return service


async def fuzz(service: Service, targets: list[str], seconds: float) -> list[Outcome]:
    """Run these targets, one after the other."""
    outcomes = []
    for target in targets:
        print(f"--- {target}", flush=True)
        outcomes.append(await run(service, target, seconds))
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
