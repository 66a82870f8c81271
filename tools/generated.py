"""Renders one named answer set and runs the project's own check and tests, unmodified.

python -m tools.generated CASE [--whole]
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.matrix import CASES
from tools.installed import check_installed
from tools.reserved import check_commands
from tools.service import ROOT, Service, install, install_without_uv, render

REPORTS = ROOT / "build" / "reports"
# Answers leave files out and change none (`tests/test_render.py` checks that). So an adapter or a
# transport that one case has tested, with its server or without, behaves the same in all. The same
# holds for the update of a service, and for code that depends on no role.
WHOLE = "full"
# The case that is installed as the README tells those who have no uv.
WITHOUT_UV = "producer"
ADAPTERS = (
    "tests/conformance",
    "tests/contract",
    "tests/integration",
    "tests/scripts",
    "tests/unit/domain",
    "tests/unit/infrastructure",
    "tests/unit/interfaces",
)


def main(case: str, *, whole: bool) -> int:
    """Return 0 where everything passes; otherwise the project stays, to be looked at.

    Adapters are tried in one case alone, unless it is to be `whole`.
    """
    # Outside the repository, whose own `.gitignore` and configuration are not the project's.
    folder = Path(tempfile.mkdtemp(prefix=f"shallot-{case}-"))
    service = render(folder / "service", CASES[case])
    adapters = whole or case == WHOLE
    # Without those of adapters few tests wait for a server, and workers cost more than they bring.
    few = () if adapters else ("-n", "3")
    by = install_without_uv if case == WITHOUT_UV else install
    passed = try_out(service, case, *few, adapters=adapters, by=by)
    if not passed:
        print(f"{case}: failed, left in {service.path}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def try_out(
    service: Service,
    report: str,
    *options: str,
    adapters: bool,
    by: Callable[..., None] = install,
) -> bool:
    """Install a project with `by`; return whether its check and its tests pass.

    `report` names the file for the test report, and `options` go to pytest.
    """
    by(service, "--group", "dev")
    check_commands(service)
    check_installed(service)
    checked = service.run("poe", "check") == 0
    given = [f"--junitxml={REPORTS / f'{report}.xml'}", *options]
    if not adapters:
        given += [f"--ignore={folder}" for folder in ADAPTERS]
    return service.run("poe", "test", *given) == 0 and checked


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="generated", description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--whole", action="store_true", help="try adapters, too, in any case")
    options = parser.parse_args()
    sys.exit(main(options.case, whole=options.whole))
