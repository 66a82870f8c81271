"""Checks the types and layers of `template/` where it lies: `python -m tools.in_place`.

Every `.py` file there is plain Python, so what an editor shows is what a service gets.
"""

import subprocess
import sys
from pathlib import Path

from tools.service import ROOT, UV, environment, make_environment

TEMPLATE = ROOT / "template"
ENVIRONMENT = ROOT / ".nox" / "in-place"
# Production is the first of them; the embedded default runs on all.
PLATFORMS = ("linux", "darwin", "win32")


def main() -> int:
    """Return 0 where the all-features source passes, as it stands."""
    make_tested_environment()
    types = [check("mypy", "--platform", platform) for platform in PLATFORMS]
    return max(*types, check("lint-imports"))


def make_tested_environment() -> None:
    """Make `ENVIRONMENT`: what a service and its tools need, in the versions that were tested."""
    make_environment(ENVIRONMENT)
    tested = ["--requirement", str(TEMPLATE / "constraints.txt")]
    command = [UV, "pip", "install", "--quiet", "--python", str(ENVIRONMENT), *tested]
    subprocess.run(command, env=environment(), check=True)


def check(tool: str, *arguments: str) -> int:
    """Run one tool over the source; return its exit code."""
    command = [str(ENVIRONMENT / "bin" / tool), *arguments]
    settings = {**environment(), "PYTHONPATH": "src"}
    # The results for one platform do not apply to the next.
    settings["MYPY_CACHE_DIR"] = str(Path(settings["MYPY_CACHE_DIR"], *arguments[1:]))
    return subprocess.run(command, cwd=TEMPLATE, env=settings, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
