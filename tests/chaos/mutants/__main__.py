"""Breaks a generated service in one way after the other, and shows that each is found.

The checker finds most of them; those that no fault brings to light for certain fail the service's
own tests. Ends with 1 where one is not found; or where anything is found in the service as it is.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.chaos.__main__ import FOLDER
from tests.chaos.faults import FAULTS
from tests.chaos.mutants import caching, consuming, producing, streaming, working
from tests.chaos.mutants.mutant import Mutant
from tests.chaos.report import console
from tests.chaos.run import Run, play
from tests.chaos.service import make_service
from tools.chassis import add_chassis_tests
from tools.drill.servers import Servers, running
from tools.service import Service, environment

MODULES = (producing, consuming, streaming, caching, working)
MUTANTS = {mutant.name: mutant for module in MODULES for mutant in module.MUTANTS}
WHOLE = Mutant(
    "none: the service as it is",
    (),
    ("postgresql stopped", "consumer killed", "rabbitmq refuses keys"),
    (),
    tuple(dict.fromkeys(test for mutant in MUTANTS.values() for test in mutant.tests)),
)
# Changes that some mutants add, so that a short run gets to their part: no defect by itself.
FORGETFUL = Mutant(
    "none: a service that remembers little",
    (streaming.FORGETFUL,),
    ("network slow", "redis emptied"),
)
SOUND = (WHOLE, FORGETFUL)
FAILED_TESTS = "tests that fail"

SECONDS = 25.0
# The limit for the service's own tests: after so many failures the rest is not run. Characters that
# are shown.
MOST_FAILED = 3
TOLD = 600
# A defect shows itself only where a fault meets its moment: it has so many runs for that.
SEEDS = (1, 2, 3)

# The results of a whole run, for a page.
REPORT = FOLDER / "mutants.json"


async def main(names: list[str]) -> int:
    """Return 0 where each of these mutants, or of all, is found."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="shallot-mutants-"))
    try:
        service = make_service(folder / "service")
        add_chassis_tests(service)
        async with running(service) as servers:
            found = await _all(
                [*SOUND, *(MUTANTS[name] for name in names or MUTANTS)], service, servers
            )
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    if not names:
        REPORT.write_text(json.dumps(found, indent=2) + "\n")
    return 0 if all(each["is_right"] for each in found) else 1


async def _all(mutants: list[Mutant], service: Service, servers: Servers) -> list[dict[str, Any]]:
    table = Table(title="mutants", title_justify="left", title_style="bold", box=None)
    for heading in ("", "mutant", "found as", "under"):
        table.add_column(heading)
    rows = []
    for number, mutant in enumerate(mutants):
        found, is_right = await _tried(mutant, f"mutant-{number}", service, servers)
        mark = "[green]✓" if is_right else "[bold red]✗"
        under = ", ".join(mutant.faults or mutant.tests)
        row = {"name": mutant.name, "found": _counted(found), "faults": under}
        table.add_row(mark, *row.values())
        rows.append({**row, "is_right": is_right})
    console.print(table)
    return rows


async def _tried(
    mutant: Mutant, name: str, service: Service, servers: Servers
) -> tuple[dict[str, int], bool]:
    """Return what the checker finds, and whether it should; with the first seed that brings it."""
    console.print(f"\n[bold]{mutant.name}")
    if mutant in SOUND:
        found = await _failed(mutant, service)
        found |= await _found(mutant, name, SEEDS[0], service, servers)
        return found, not found
    found = await _failed(mutant, service)
    if not mutant.faults:
        return found, FAILED_TESTS in found
    for seed in SEEDS:
        found = await _found(mutant, f"{name}-{seed}", seed, service, servers)
        if {*found} & {*mutant.found_as}:
            return found, True
    return found, False


async def _found(
    mutant: Mutant, name: str, seed: int, service: Service, servers: Servers
) -> dict[str, int]:
    """Return what the checker finds, and how much of each."""
    run = Run(seed, SECONDS, [FAULTS[fault] for fault in mutant.faults])
    try:
        with mutant.broken(service.path):
            checked = await play(run, name, service, servers, FOLDER)
    except Exception as error:
        # A mutant that does not even start is not found, and the next ones have their turn.
        console.print_exception()
        return {f"not played: {error!r}": 1}
    found: dict[str, int] = {}
    for finding in checked.findings:
        found[finding.what] = found.get(finding.what, 0) + 1
    return found


async def _failed(mutant: Mutant, service: Service) -> dict[str, int]:
    """Return how many of its tests fail, or why they could not be run."""
    if not mutant.tests:
        return {}
    with mutant.broken(service.path):
        child = await asyncio.create_subprocess_exec(
            service.command("pytest"),
            *("-q", "-p", "no:cacheprovider", "--maxfail", str(MOST_FAILED), *mutant.tests),
            cwd=service.path,
            env=environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await child.communicate()
    told = output.decode(errors="replace")
    console.print(told[-TOLD:].strip(), markup=False, highlight=False, style="dim")
    if child.returncode == 0:
        return {}
    failed = told.count("\nFAILED ")
    return {FAILED_TESTS: failed} if failed else {f"not run: exit code {child.returncode}": 1}


def _counted(found: dict[str, int]) -> str:
    return ", ".join(f"{what} ({count:,})" for what, count in found.items()) or "nothing"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *MUTANTS], help="which ones")
    sys.exit(asyncio.run(main(parser.parse_args().name)))
