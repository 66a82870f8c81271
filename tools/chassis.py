"""Tests the chassis, in a service that has all of it: `python -m tools.chassis [PYTEST OPTIONS]`.

Its tests stand in this repository, in `tests/chassis`. A service does not have them.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.matrix import CASES
from tools.service import REPORTS, ROOT, Service, install, render

TESTS = ROOT / "tests" / "chassis"
ATTACKS = TESTS / "attacks"
ORDERS = ROOT / "tests" / "orders"
# The answer set with every transport and role. Answers leave files out and change none
# (`tests/test_render.py` sees to that), so the tests would find the same in any other.
CASE = "full"
# Their folder in a service.
FOLDER = Path("tests", "chassis")


def main(*options: str) -> int:
    """Return 0 if the check and the tests pass; otherwise the project stays, to be looked at.

    `options` go to pytest.
    """
    folder = Path(tempfile.mkdtemp(prefix="shallot-chassis-"))
    service = render(folder / "service", CASES[CASE])
    install(service, "--group", "dev")
    add_chassis_tests(service)
    checked = service.run("poe", "check") == 0
    given = [f"--junitxml={REPORTS / 'chassis.xml'}", *options, str(FOLDER)]
    if service.run("poe", "test", *given) or not checked:
        print(f"chassis: failed, left in {service.path}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def add_chassis_tests(service: Service) -> None:
    """Copy them into a service that has everything; what its own tests share serves them, too."""
    _copy(TESTS, service, ATTACKS.name)


def add_attacks(service: Service) -> None:
    """Add the attacks to them, which take longer: `./run attacks` runs them."""
    shutil.copytree(
        ATTACKS, service.path / FOLDER / ATTACKS.name, ignore=shutil.ignore_patterns("__pycache__")
    )


def add_order_tests(service: Service) -> None:
    """Add the tests of the guide's second aggregate to them."""
    _copy(ORDERS, service)


def _copy(folder: Path, service: Service, *without: str) -> None:
    ignored = shutil.ignore_patterns("__pycache__", *without)
    shutil.copytree(folder, service.path / FOLDER, dirs_exist_ok=True, ignore=ignored)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
