"""Functions that a process of an executor imports by their names."""

import os
import signal
import time
from contextvars import ContextVar
from pathlib import Path

ASKER: ContextVar[str] = ContextVar("asker", default="")


def add(first: int, *, second: int) -> int:
    return first + second


def fail() -> None:
    raise KeyError("a bug")


def asker() -> str:
    return ASKER.get()


def process() -> tuple[int, int, bool]:
    """Return the process, its niceness, and whether Ctrl-C leaves it alone."""
    ignores = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return os.getpid(), os.nice(0) if hasattr(os, "nice") else 0, ignores


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def die() -> None:
    os._exit(3)


def leave() -> None:
    raise SystemExit(3)


def stamp(path: str, seconds: float) -> None:
    """Note the times at which this call begins and ends."""
    began = time.monotonic()
    time.sleep(seconds)
    with Path(path).open("a") as file:
        file.write(f"{began} {time.monotonic()}\n")


def stamps(path: str) -> list[tuple[float, float]]:
    """Return the noted times."""
    lines = Path(path).read_text().splitlines()
    return [(float(began), float(ended)) for began, ended in map(str.split, lines)]
