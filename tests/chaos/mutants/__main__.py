"""Breaks a generated service in one way after the other, and shows that the checker finds each.

Ends with 1 where one is not found; or where anything is found in the service as it is.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from rich.table import Table

from tests.chaos.__main__ import FOLDER
from tests.chaos.faults import FAULTS
from tests.chaos.mutants import consuming, producing, streaming
from tests.chaos.mutants.mutant import Mutant
from tests.chaos.report import console
from tests.chaos.run import Run, play
from tools.drill.servers import Servers, running
from tools.service import Service, install, render

MUTANTS = {
    mutant.name: mutant for module in (producing, consuming, streaming) for mutant in module.MUTANTS
}
WHOLE = Mutant("none: the service as it is", (), ("postgresql stopped", "consumer killed"), ())

SEED = 1
SECONDS = 25.0


async def main(names: list[str]) -> int:
    """Return 0 where each of these mutants, or of all, is found."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="shallot-mutants-"))
    try:
        service = render(folder / "service", {"project_name": "chaos"})
        install(service, "--group", "dev")
        async with running(service) as servers:
            return await _all(
                [WHOLE, *(MUTANTS[name] for name in names or MUTANTS)], service, servers
            )
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _all(mutants: list[Mutant], service: Service, servers: Servers) -> int:
    table = Table(title="mutants", title_justify="left", title_style="bold", box=None)
    for heading in ("", "mutant", "found as", "under"):
        table.add_column(heading)
    is_well = True
    for number, mutant in enumerate(mutants):
        found = await _found(mutant, f"mutant-{number}", service, servers)
        is_found = not found if mutant is WHOLE else bool({*found} & {*mutant.found_as})
        is_well &= is_found
        mark = "[green]✓" if is_found else "[bold red]✗"
        table.add_row(mark, mutant.name, _counted(found), ", ".join(mutant.faults))
    console.print(table)
    return 0 if is_well else 1


async def _found(mutant: Mutant, name: str, service: Service, servers: Servers) -> dict[str, int]:
    """Return what the checker finds, and how much of each."""
    console.print(f"\n[bold]{mutant.name}")
    run = Run(SEED, SECONDS, [FAULTS[fault] for fault in mutant.faults])
    try:
        with mutant.broken(service.path):
            checked = await play(run, name, service, servers, FOLDER)
    except Exception as error:
        # One that does not even start is not found, and the others have their turn.
        console.print_exception()
        return {f"not played: {error!r}": 1}
    found: dict[str, int] = {}
    for finding in checked.findings:
        found[finding.what] = found.get(finding.what, 0) + 1
    return found


def _counted(found: dict[str, int]) -> str:
    return ", ".join(f"{what} ({count:,})" for what, count in found.items()) or "nothing"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *MUTANTS], help="which ones")
    sys.exit(asyncio.run(main(parser.parse_args().name)))
