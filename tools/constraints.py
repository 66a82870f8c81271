"""Moves the pins: writes `template/constraints.txt` again, and tests it.

    python -m tools.constraints [--no-tests]

The newest versions that the bounds allow are written. The services of two answer sets are then
installed with them, and run their own tests and those of the chassis. If a test fails, the file
stays as it was.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.matrix import CASES
from tools.chassis import CASE
from tools.service import ROOT, UV, environment, make_environment, pip_install, render
from tools.versions import DEFAULT, try_case

FILE = ROOT / "template" / "constraints.txt"
HEADER = """\
# The versions that were tested together, the tools among them. Use these if a newer one breaks
# something: uv pip install -c constraints.txt -e .
"""


def main(*, tests: bool) -> int:
    """Move the pins; return 0 if the tests pass, or nothing has moved."""
    before = FILE.read_text()
    after = HEADER + resolve()
    moves = list(moved(pins(before), pins(after)))
    print("\n".join(moves) or "No pin has moved.", flush=True)
    FILE.write_text(after)
    if tests and moves and any(try_case("tested", case) for case in DEFAULT):
        FILE.write_text(before)
        print("The pins stay as they were: a test fails with the new ones.", file=sys.stderr)
        return 1
    return 0


def resolve() -> str:
    """Return the newest versions of all that a service with everything installs."""
    with tempfile.TemporaryDirectory(prefix="shallot-constraints-") as folder:
        service = render(Path(folder) / "service", CASES[CASE])
        make_environment(service.path / ".venv")
        pip_install(service, "--upgrade", "--requirement", "pyproject.toml", "--group", "dev")
        frozen = subprocess.run(
            [UV, "pip", "freeze", "--python", ".venv"],
            cwd=service.path,
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    return frozen.stdout


def pins(text: str) -> dict[str, str]:
    """Return the version of each package."""
    lines = (line for line in text.splitlines() if "==" in line)
    return dict(line.split("==") for line in lines)


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each pin that is new, gone or of another version."""
    for name in sorted({*before, *after}):
        old, new = before.get(name, "-"), after.get(name, "-")
        if old != new:
            yield f"{name}: {old} -> {new}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="constraints", description=__doc__)
    parser.add_argument("--no-tests", dest="tests", action="store_false", help="only write")
    sys.exit(main(tests=parser.parse_args().tests))
