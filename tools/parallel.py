"""Runs groups of nox sessions at the same time: `python -m tools.parallel lint,docs image`.

The sessions of a group run one after the other. Their output comes as a whole when the group ends.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from tools.service import ROOT

NOX = (sys.executable, "-m", "nox", "--session")
# How many workers `pytest -n auto` starts; each group gets its share.
WORKERS = "PYTEST_XDIST_AUTO_NUM_WORKERS"


def main(groups: Sequence[str], command: Sequence[str] = NOX) -> int:
    """Give the names of each group to `command`; return 0 if it ends with 0 for all of them."""
    with ThreadPoolExecutor(len(groups)) as pool:
        settings = shared(os.environ, len(groups))
        running = [
            pool.submit(run, [*command, *group.split(",")], settings, group) for group in groups
        ]
        return max(each.result() for each in as_completed(running))


def run(command: Sequence[str], settings: Mapping[str, str], group: str) -> int:
    """Run one group, print what it prints, and return its exit code."""
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    print(f"{ended.stdout}\n{group}: exit code {ended.returncode}", flush=True)
    return abs(ended.returncode)


def shared(settings: Mapping[str, str], groups: int) -> dict[str, str]:
    """Return the settings for one of so many groups that run at the same time."""
    workers = int(settings.get(WORKERS) or os.cpu_count() or 1)
    return {**settings, WORKERS: str(max(1, workers // groups))}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
