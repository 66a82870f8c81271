"""Renders one named answer set and runs the project's own check and tests, unmodified.

python -m tools.generated CASE
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.matrix import CASES
from tools.reserved import check_commands
from tools.service import ROOT, install, render

REPORTS = ROOT / "build" / "reports"


def main(case: str) -> int:
    """Return 0 where everything passes; otherwise the project stays, to be looked at."""
    # Outside the repository, whose own `.gitignore` and configuration are not the project's.
    folder = Path(tempfile.mkdtemp(prefix=f"shallot-{case}-"))
    service = render(folder / "service", CASES[case])
    install(service, "--group", "dev")
    check_commands(service)
    failed = service.run("poe", "check")
    failed += service.run("poe", "test", f"--junitxml={REPORTS / f'{case}.xml'}")
    if failed:
        print(f"{case}: failed, left in {service.path}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
