"""Renders one named answer set and runs the project's own check and tests, unmodified.

python -m tools.generated CASE
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.matrix import CASES
from tools.installed import check_installed
from tools.reserved import check_commands
from tools.service import REPORTS, Service, install, install_without_uv, render

# This case has everything, and is installed and used as the README tells those who have no uv.
WITHOUT_UV = "full"


def main(case: str) -> int:
    """Return 0 where everything passes; otherwise the project stays, to be looked at."""
    # Outside the repository, whose own `.gitignore` and configuration are not the project's.
    folder = Path(tempfile.mkdtemp(prefix=f"shallot-{case}-"))
    service = render(folder / "service", CASES[case])
    if case == WITHOUT_UV:
        hide_uv()
        passed = try_out(service, case, by=install_without_uv) and use(service)
    else:
        passed = try_out(service, case)
    if not passed:
        print(f"{case}: failed, left in {service.path}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def hide_uv() -> None:
    """Remove each folder with a uv from the `PATH` of this process."""
    folders = os.environ["PATH"].split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(it for it in folders if not Path(it, "uv").exists())


def use(service: Service) -> bool:
    """Return whether the programs work that nothing else runs here without uv."""
    commands = (("python", "-m", "scripts.proto"), (service.slug, "describe"))
    return all(service.run(*command) == 0 for command in commands)


def try_out(
    service: Service, report: str, *options: str, by: Callable[..., None] = install
) -> bool:
    """Install a project with `by`; return whether its check and its tests pass.

    `report` names the file for the test report, and `options` go to pytest.
    """
    by(service, "--group", "dev")
    check_commands(service)
    check_installed(service)
    checked = service.run("poe", "check") == 0
    given = [f"--junitxml={REPORTS / f'{report}.xml'}", *options]
    return service.run("poe", "test", *given) == 0 and checked


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="generated", description=__doc__)
    parser.add_argument("case", choices=CASES)
    options = parser.parse_args()
    sys.exit(main(options.case))
