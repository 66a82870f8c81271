"""A limit of memory, as compose sets one: the kernel kills a process that goes beyond it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

LIMIT = 512 * 2**20

# The folders of control groups with a memory controller, and the file with its limit: version 2,
# and version 1.
_HIERARCHIES = (
    (Path("/sys/fs/cgroup"), "memory.max"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
)


@contextmanager
def limited() -> Iterator[Sequence[str]]:
    """Yield what goes before a command that is to run within the limit.

    It is empty where control groups cannot be made here: then the peaks alone tell.
    """
    group = _made()
    if group is None:
        yield ()
        return
    try:
        yield ("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(group))
    finally:
        with suppress(OSError):
            group.rmdir()


def _made() -> Path | None:
    for root, limit in _HIERARCHIES:
        group = root / f"drill-{uuid4().hex[:8]}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            # Opened, and not made: where there is no such controller it is a folder like any other.
            with (group / limit).open("r+") as file:
                file.write(str(LIMIT))
        except OSError:
            group.rmdir()
        else:
            return group
    return None


def reset_peak(pid: int) -> None:
    """Reset the peak (`proc(5)`, clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak(pid: int) -> int:
    """Return the most bytes of memory that the process has held (VmHWM); 0 where it is gone."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    return int(found[1]) * 1024 if found else 0
