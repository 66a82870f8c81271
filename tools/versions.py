"""Tests services with other versions than those in `constraints.txt`.

    python -m tools.versions lowest|newest [CASE...]

`lowest` has the lower bound of each dependency that a service names. `newest` has the newest
allowed version, and of each tool the newest that there is. The service of each answer set runs its
own check and tests, and the one with every transport the tests of the chassis, too. Without a case,
`newest` also checks and tests this repository, whose tools the session has installed in their
newest versions. The end is a table: the packages that have moved, and the steps with their
outcomes.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.matrix import CASES
from tools.chassis import CASE, FOLDER, add_chassis_tests
from tools.service import REPORTS, ROOT, UV, Service, environment, render, tool

RESOLUTIONS = ("lowest", "newest", "tested")
# The smallest service, and the one with everything.
DEFAULT = ("defaults", CASE)
INSTALL = "scripts/install.sh"
OWN = "this repository"
OWN_STEPS = {
    "ruff format": (tool("ruff"), "format", "--check", "."),
    "ruff check": (tool("ruff"), "check", "."),
    "mypy": (tool("mypy"),),
    "prose": (sys.executable, "-m", "tools.prose"),
    "tests": (sys.executable, "-m", "pytest", "-n", "3", "--dist", "loadfile"),
}


# A package, its tested version and its other one; `-` for none.
type Move = tuple[str, str, str]


@dataclass
class Result:
    """The packages of one project that moved, and whether each of its steps went well."""

    project: str
    moved: list[Move]
    steps: dict[str, bool] = field(default_factory=dict)


def main(resolution: str, cases: list[str]) -> int:
    """Print the table; return 0 if all steps went well, otherwise the services stay."""
    results = [try_case(resolution, case) for case in cases or DEFAULT]
    if resolution == "newest" and not cases:
        results.append(try_own())
    print(table(results))
    return int(not all(well for result in results for well in result.steps.values()))


def try_case(resolution: str, case: str) -> Result:
    """Install one answer set with these versions, and run its check and its tests."""
    folder = Path(tempfile.mkdtemp(prefix=f"shallot-{resolution}-{case}-"))
    service = render(folder / "service", CASES[case])
    install(service, resolution)
    python = service.command("python")
    result = Result(case, moved_here(service.path / "constraints.txt", python))
    if resolution == "lowest":
        wrong = untrue(service, installed(python))
        for line in wrong:
            print(f"{case}: the lower bound is not true: {line}", file=sys.stderr)
        result.steps["bounds"] = not wrong
    else:
        result.steps["check"] = service.run("poe", "check") == 0
    result.steps["tests"] = run_tests(service, f"{resolution}-{case}")
    if case == CASE:
        add_chassis_tests(service)
        result.steps["tests of the chassis"] = run_tests(
            service, f"{resolution}-chassis", str(FOLDER)
        )
    if all(result.steps.values()):
        shutil.rmtree(folder)
    else:
        print(f"{case}, {resolution}: failed, left in {service.path}", file=sys.stderr)
    return result


def try_own() -> Result:
    """Check and test this repository with the tools of this session."""
    result = Result(OWN, moved_here(ROOT / "constraints.txt", sys.executable))
    for name, command in OWN_STEPS.items():
        report = [f"--junitxml={REPORTS / 'newest-own.xml'}"] if name == "tests" else []
        done = subprocess.run([*command, *report], cwd=ROOT, check=False)
        result.steps[name] = done.returncode == 0
    return result


def run_tests(service: Service, report: str, *options: str) -> bool:
    """Return whether all tests pass; `report` names the file for the results."""
    return service.run("poe", "test", f"--junitxml={REPORTS / report}.xml", *options) == 0


def table(results: list[Result]) -> str:
    """Return what moved and what broke, as two tables of Markdown."""
    rows = {
        f"| {name} | {before} | {after} | {', '.join(there)} |"
        for result in results
        for name, before, after in result.moved
        if (there := [it.project for it in results if (name, before, after) in it.moved])
    }
    lines = ["", "| package | tested | installed | in |", "|---|---|---|---|", *sorted(rows)]
    lines += ["", "| project | step | outcome |", "|---|---|---|"]
    for result in results:
        lines += [
            f"| {result.project} | {step} | {'passed' if well else '**failed**'} |"
            for step, well in result.steps.items()
        ]
    return "\n".join(lines)


def pins(text: str) -> dict[str, str]:
    """Return the version of each package that a file of constraints has for this Python."""
    lines = (Requirement(line) for line in text.splitlines() if "==" in line)
    return {
        needed.name: str(needed.specifier).removeprefix("==")
        for needed in lines
        if needed.marker is None or needed.marker.evaluate()
    }


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Move]:
    """Yield each package that is new, gone or of another version, with both versions."""
    for name in sorted({*before, *after}):
        old, new = before.get(name, "-"), after.get(name, "-")
        if old != new:
            yield name, old, new


def moved_here(constraints: Path, python: str) -> list[Move]:
    """Return each package in the environment of a Python that is not in its tested version."""
    found, tested = installed(python), pins(constraints.read_text())
    return list(moved({name: tested[name] for name in tested.keys() & found}, found))


def install(service: Service, resolution: str) -> None:
    """Install as the jobs of a service's own CI do; raises `CalledProcessError`."""
    settings = environment() | {"PATH": f"{Path(UV).parent}:{environment()['PATH']}"}
    command = ["sh", INSTALL, resolution]
    subprocess.run(command, cwd=service.path, env=settings, check=True)


def installed(python: str) -> dict[str, str]:
    """Return the version of each package in the environment of a Python, but not editable ones."""
    command = [UV, "pip", "list", "--quiet", "--exclude-editable", "--format=json"]
    listed = subprocess.check_output([*command, "--python", python], env=environment(), text=True)
    return {canonicalize_name(it["name"]): it["version"] for it in json.loads(listed)}


def untrue(service: Service, found: Mapping[str, str]) -> list[str]:
    """Return the lower bounds that no installation can have, because another package needs more."""
    return [
        f"{name} >= {bound}, but {found[name]} is installed"
        for name, bound in bounds(service)
        if shortened(found[name], bound) != Version(bound)
    ]


def shortened(version: str, bound: str) -> Version:
    """Return `version` with as many numbers as `bound` has: 10.2.1 may be the lowest of 10.2."""
    parts = bound.count(".") + 1
    return Version(".".join(map(str, Version(version).release[:parts])))


def bounds(service: Service) -> Iterator[tuple[str, str]]:
    """Yield each dependency of `pyproject.toml` that applies here, with its lower bound."""
    project = tomllib.loads((service.path / "pyproject.toml").read_text())
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for needed in map(Requirement, lines):
        lower = [each.version for each in needed.specifier if each.operator == ">="]
        if lower and (needed.marker is None or needed.marker.evaluate()):
            yield canonicalize_name(needed.name), lower[0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="versions", description=__doc__)
    parser.add_argument("resolution", choices=RESOLUTIONS)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES])
    options = parser.parse_args()
    sys.exit(main(options.resolution, options.cases))
