"""A process with everything that it started; children may lead process groups of their own."""

import os
import subprocess
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from signal import Signals


def signal_tree(pid: int, signal: Signals) -> None:
    """Send `signal` to the process and to all below it; one that is gone is left out."""
    for member in [pid, *descendants(pid)]:
        with suppress(ProcessLookupError):
            os.kill(member, signal)


def descendants(pid: int) -> list[int]:
    """Return the processes below `pid`, parents first."""
    children = defaultdict(list)
    for child, parent in _parents():
        children[parent].append(child)
    found = list(children[pid])
    for member in found:
        found += children[member]
    return found


def _parents() -> list[tuple[int, int]]:
    """Return every process with its parent; `ps` is not on every Linux, `/proc` only there."""
    if not Path("/proc/self/stat").exists():
        listing = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid="], text=True)
        return [(int(pid), int(parent)) for pid, parent in map(str.split, listing.splitlines())]
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # The command's name, in parentheses, may itself contain anything.
            state_parent = stat.read_text(errors="replace").rpartition(")")[2].split()
            found.append((int(stat.parent.name), int(state_parent[1])))
    return found
