"""Shows a profile that `benchmarks.inside.profiled` has written."""

import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from benchmarks.rounds import console
from tools.process import Process
from tools.service import ROOT

SHOWN = 15


@asynccontextmanager
async def begun(running: AbstractAsyncContextManager[Process]) -> AsyncIterator[Process]:
    """Begin the profile of a process, which was started with `--profile`, once it is ready."""
    async with running as process:
        os.kill(process.pid, signal.SIGUSR1)
        yield process


def show(title: str, path: Path) -> None:
    """Print the packages, and the functions, in which most of the time goes by itself."""
    samples = [(file, name, count) for file, name, count in json.loads(path.read_text())]
    total = sum(count for *_, count in samples)
    packages: Counter[str] = Counter()
    for file, _, count in samples:
        packages[_package(file)] += count
    console.print(f"\n[bold]{title}[/]: {total:,} samples; by package:")
    shares = (f"{name} {count / total:.1%}" for name, count in packages.most_common(SHOWN))
    console.print(", ".join(shares))
    for file, name, count in samples[:SHOWN]:
        console.print(f"{count / total:6.1%}  {name}  [dim]{_short(file)}", soft_wrap=True)


def _short(file: str) -> str:
    """Return the path as it is written in an import."""
    for folder in ("/site-packages/", "/service/src/", f"{ROOT}/"):
        if folder in file:
            return file.rpartition(folder)[2]
    return f"python/{Path(file).name}"


def _package(file: str) -> str:
    return _short(file).partition("/")[0]
