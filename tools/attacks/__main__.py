"""Attacks a service that has everything: `python -m tools.attacks [--page] [PYTEST OPTIONS]`.

It also runs the cells among this repository's own tests. The table says how each of them ended.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.matrix import CASES
from tools.attacks.cells import Cell, read
from tools.attacks.drills import drilled
from tools.attacks.page import matrix, outcomes, page
from tools.chassis import CASE, FOLDER, add_attacks, add_chassis_tests
from tools.service import REPORTS, ROOT, environment, install, render

INSIDE = REPORTS / "attacks.xml"
OWN = REPORTS / "attacks-own.xml"
COMMAND = "./run attacks --"
PAGE = ROOT / "docs" / "operations" / "attacks.md"
FOUND = Path(__file__).with_name("found.md")
TOLD = Path(__file__).with_name("told.toml")
# The exit code of pytest if no test was chosen.
NONE_CHOSEN = 5
CHOSEN = ("-m", "attack", "-p", "no:cacheprovider")

# The tests with a good caller alone, which the frame itself needs.
CONTROL = "none: a good caller"


def main(*arguments: str) -> int:
    """Return 0 if each attack fails; the table is printed, and with `--page` it is written."""
    options = [argument for argument in arguments if argument != "--page"]
    paths = [option for option in options if option.startswith("tests/")]
    options = [option for option in options if option not in paths]
    inside = [path for path in paths if path.startswith(f"{FOLDER}")]
    own = [path for path in paths if path not in inside]
    for report in (INSIDE, OWN):
        report.unlink(missing_ok=True)
    codes = []
    if inside or not paths:
        codes.append(_attack(options, inside or [str(FOLDER)]))
    if own or not paths:
        codes.append(_attack_here(options, own or ["tests"]))
    cells = [*_tested(), *drilled()]
    print(*matrix(cells), outcomes(cells), sep="\n")
    if "--page" in arguments:
        _write(cells)
    return int(any(codes))


def _attack(options: Sequence[str], paths: Sequence[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="shallot-attacks-"))
    service = render(folder / "service", CASES[CASE])
    install(service, "--group", "dev")
    add_chassis_tests(service)
    add_attacks(service)
    # Each worker attacks a process of its own.
    spread = ["-n", "2", "--dist", "worksteal", f"--junitxml={INSIDE}"]
    code = service.run("pytest", *CHOSEN, *spread, *options, *paths)
    if code not in (0, NONE_CHOSEN):
        print(f"attacks: failed, left in {service.path}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def _attack_here(options: Sequence[str], paths: Sequence[str]) -> int:
    given = [*CHOSEN, "-n", "2", f"--junitxml={OWN}", *options, *paths]
    command = [sys.executable, "-m", "pytest", *given]
    code = subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode
    return int(code not in (0, NONE_CHOSEN))


def _tested() -> Iterator[Cell]:
    for report in (INSIDE, OWN):
        if report.exists():
            yield from (cell for cell in read(report, COMMAND) if cell.attack != CONTROL)


def _write(cells: Sequence[Cell]) -> None:
    told = tomllib.loads(TOLD.read_text("utf-8"))
    PAGE.write_text(page(cells, told, FOUND.read_text("utf-8")), "utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
