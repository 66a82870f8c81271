"""Moves the pins: writes both `constraints.txt` again, and tests them.

    python -m tools.constraints [--no-tests]

`constraints.txt` has the packages of this repository's own tools, `template/constraints.txt` those
of a service and its tools. Both get the newest versions that the bounds allow. The services of two
answer sets are then installed with them, and run their check, their own tests and those of the
chassis. If one fails, all files stay as they were.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.matrix import CASES
from tools.chassis import CASE
from tools.service import ROOT, UV, environment, make_environment, pip_install, render
from tools.versions import DEFAULT, moved, pins, try_case

OWN = ROOT / "constraints.txt"
FILE = ROOT / "template" / "constraints.txt"
# This program of a service makes an environment of its own, so it has its pins itself.
PROTO = ROOT / "template" / "scripts" / "proto.py"
OWN_HEADER = """\
# The versions of this repository's own tools that were tested together. `./run constraints` writes
# this file.
"""
HEADER = """\
# The versions that were tested together, the tools among them. Use these if a newer one breaks
# something: uv pip install -c constraints.txt -e .
"""


def main(*, tests: bool) -> int:
    """Move the pins; return 0 if the check and the tests pass, or nothing has moved."""
    before = {file: file.read_text() for file in (OWN, FILE, PROTO)}
    own = OWN_HEADER + resolve_own()
    after = {OWN: own, FILE: HEADER + resolve(), PROTO: with_pins(before[PROTO], pins(own))}
    moves = [
        f"{file.relative_to(ROOT)}: {name} {old} -> {new}"
        for file in (OWN, FILE)
        for name, old, new in moved(pins(before[file]), pins(after[file]))
    ]
    print("\n".join(moves) or "No pin has moved.", flush=True)
    write(after)
    if tests and moves and not all(passes(case) for case in DEFAULT):
        write(before)
        print("The pins stay as they were: a check or a test fails with them.", file=sys.stderr)
        return 1
    return 0


def passes(case: str) -> bool:
    """Return whether the check and all tests of an answer set pass with the pins."""
    return all(try_case("tested", case).steps.values())


def write(texts: Mapping[Path, str]) -> None:
    """Write each file."""
    for file, text in texts.items():
        file.write_text(text)


def resolve_own() -> str:
    """Return the newest versions of all dependency groups of this repository, for each Python."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    command = [UV, "pip", "compile", "--quiet", "--universal", "--python-version=3.12"]
    command += ["--no-header", "--no-annotate", "--upgrade", *(f"--group={it}" for it in groups)]
    return output(command, ROOT)


def resolve() -> str:
    """Return the newest versions of all that a service with everything installs and is built by."""
    with tempfile.TemporaryDirectory(prefix="shallot-constraints-") as folder:
        service = render(Path(folder) / "service", CASES[CASE])
        project = service.path / "pyproject.toml"
        # Any version of the tools.
        project.write_text(re.sub(r'^( *"[\w-]+)==.*"', r'\1"', project.read_text(), flags=re.M))
        make_environment(service.path / ".venv")
        wanted = ["--requirement", "pyproject.toml", "--group", "dev", "hatchling>=1.33,<2"]
        pip_install(service, "--upgrade", *wanted)
        return output([UV, "pip", "freeze", "--python", ".venv"], service.path)


def output(command: list[str], folder: Path) -> str:
    """Return what a command prints; raises `CalledProcessError`."""
    done = subprocess.run(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def with_pins(program: str, versions: Mapping[str, str]) -> str:
    """Return the text of a program with other versions of the packages that it names exactly."""
    return re.sub(r'"([\w-]+)==[^"]+"', lambda it: f'"{it[1]}=={versions[it[1]]}"', program)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="constraints", description=__doc__)
    parser.add_argument("--no-tests", dest="tests", action="store_false", help="only write")
    sys.exit(main(tests=parser.parse_args().tests))
