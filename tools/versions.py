"""Tests services with other versions than those in `constraints.txt`.

    python -m tools.versions lowest|newest [CASE...]

`lowest` has the lower bound of each dependency that a service names, `newest` the newest allowed
version. The service of each answer set runs its own tests, and the one with every transport the
tests of the chassis, too.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.matrix import CASES
from tools.chassis import CASE, FOLDER, add_chassis_tests
from tools.service import REPORTS, UV, Service, environment, render

RESOLUTIONS = ("lowest", "newest", "tested")
# The smallest service, and the one with everything.
DEFAULT = ("defaults", CASE)
INSTALL = "scripts/install.sh"


def main(resolution: str, cases: list[str]) -> int:
    """Return 0 if the tests of all cases pass; otherwise the services stay, to be looked at."""
    return max([try_case(resolution, case) for case in cases or DEFAULT])


def try_case(resolution: str, case: str) -> int:
    """Install one answer set with these versions and run its tests; return 1 if they fail."""
    folder = Path(tempfile.mkdtemp(prefix=f"shallot-{resolution}-{case}-"))
    service = render(folder / "service", CASES[case])
    install(service, resolution)
    found = installed(service)
    wrong = untrue(service, found) if resolution == "lowest" else []
    print(f"\n{case}, {resolution}:", ", ".join(f"{it} {found[it]}" for it in sorted(found)))
    for line in wrong:
        print(f"{case}: the lower bound is not true: {line}", file=sys.stderr)
    failed = run_tests(service, f"{resolution}-{case}")
    if case == CASE:
        add_chassis_tests(service)
        failed |= run_tests(service, f"{resolution}-chassis", str(FOLDER))
    if failed or wrong:
        print(f"{case}, {resolution}: failed, left in {service.path}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def run_tests(service: Service, report: str, *options: str) -> bool:
    """Return whether a test fails; `report` names the file for the results."""
    return service.run("poe", "test", f"--junitxml={REPORTS / report}.xml", *options) != 0


def install(service: Service, resolution: str) -> None:
    """Install as the jobs of a service's own CI do; raises `CalledProcessError`."""
    settings = environment() | {"PATH": f"{Path(UV).parent}:{environment()['PATH']}"}
    command = ["sh", INSTALL, resolution]
    subprocess.run(command, cwd=service.path, env=settings, check=True)


def installed(service: Service) -> dict[str, str]:
    """Return the version of each package in the service's environment."""
    command = [UV, "pip", "list", "--quiet", "--format=freeze", "--python", ".venv"]
    listed = subprocess.run(
        command, cwd=service.path, env=environment(), capture_output=True, text=True, check=True
    )
    pairs = (line.split("==") for line in listed.stdout.splitlines() if "==" in line)
    return {canonicalize_name(name): version for name, version in pairs}


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
