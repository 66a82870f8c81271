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


def is_alive(pid: int) -> bool:
    """Return whether it runs; one that has ended and that its parent has not asked for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        state, _ = _stat(Path(f"/proc/{pid}/stat"))
    except OSError:
        return True
    return state != "Z"


def _parents() -> list[tuple[int, int]]:
    """Return every process with its parent; `ps` is not on every Linux, `/proc` only there."""
    if not Path("/proc/self/stat").exists():
        listing = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid="], text=True)
        return [(int(pid), int(parent)) for pid, parent in map(str.split, listing.splitlines())]
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found.append((int(stat.parent.name), _stat(stat)[1]))
    return found


def _stat(file: Path) -> tuple[str, int]:
    """Return a process's state and parent; before them its name may contain anything."""
    state, parent = file.read_text(errors="replace").rpartition(")")[2].split()[:2]
    return state, int(parent)
