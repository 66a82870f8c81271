"""The resources of a process, as Linux reports them (`proc(5)`)."""

import os
import re
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Return the bytes of memory that the process holds (VmRSS)."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def processor_time(pid: int) -> float:
    """Return the seconds that the process has computed, its own and the system's for it.

    Those of the processes that it has started, and that are still there, are among them.
    """
    # The second field is the name in parentheses, which may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    seconds = (int(fields[11]) + int(fields[12])) / _TICKS
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        seconds += sum(processor_time(int(child)) for child in file.read_text().split())
    return seconds
