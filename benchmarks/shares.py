"""Processor time of servers, services and the load meanwhile, by program.

All of them are started by this process, so they are found below it (`proc(5)`). A process that
ends leaves its time to the one that waited for it, and is not lost.
"""

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")

# The name of a process, by the beginning of its command's name.
PROGRAMS = {
    "python": "Python",
    "postgres": "PostgreSQL",
    "beam": "RabbitMQ",
    "redis": "Redis",
    "wrk": "wrk",
}


@dataclass
class Shares:
    """The processors that each program had, 1 being one of them all the time."""

    of: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return them in one line, the largest first."""
        largest = sorted(self.of.items(), key=lambda item: -item[1])
        return ", ".join(f"{name} {share:.2f}" for name, share in largest if share >= 0.005)


@contextmanager
def watched() -> Iterator[Shares]:
    """Watch for as long as the block lasts; complete after it."""
    shares = Shares()
    before, began = computed(), time.monotonic()
    yield shares
    after, took = computed(), time.monotonic() - began
    shares.of = {name: (after[name] - before.get(name, 0.0)) / took for name in after}


def computed() -> dict[str, float]:
    """Return the seconds that all processes below this one have computed, by program."""
    processes = dict(_processes())
    ours = {os.getpid()}
    seconds: defaultdict[str, float] = defaultdict(float)
    while found := {pid for pid, (parent, *_) in processes.items() if parent in ours} - ours:
        ours |= found
        for pid in found:
            _, name, spent = processes[pid]
            seconds[_program(name)] += spent
    # Ended processes that were started here: the load.
    seconds["wrk"] += os.times().children_user + os.times().children_system
    return seconds


def _processes() -> Iterator[tuple[int, tuple[int, str, float]]]:
    """Yield each process with its parent, its name and its seconds, and those it waited for."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = path.read_text().rpartition(")")
        except OSError:
            # It has just ended.
            continue
        fields = rest.split()
        spent = sum(int(ticks) for ticks in fields[11:15]) / _TICKS
        yield int(path.parent.name), (int(fields[1]), head.partition("(")[2], spent)


def _program(name: str) -> str:
    for beginning, program in PROGRAMS.items():
        if name.startswith(beginning):
            return program
    return "others"
