"""Runs one target in a process of its own, until it crashes, is flat or has had its time."""

import asyncio
import os
import signal
import tempfile
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tools.fuzz.progress import Progress
from tools.service import ROOT, Service, environment
from tools.usage import processor_time

INSIDE = "tools.fuzz.inside"
TARGETS = sorted(
    path.stem for path in Path(__file__).parent.glob("inside/targets/*.py") if path.stem[0] != "_"
)
# The folder for inputs that a service fails on, under the name of their target.
CRASHES = ROOT / "build" / "fuzz"

# Bytes of an input.
LONGEST = 4096
# Seconds that one input may take.
SLOWEST = 10
# Megabytes.
MOST_MEMORY = 1024
# Seconds in which a process ends that was told to.
END = 30.0
SHOWN = 40
NOISE = ("INFO: ", "WARNING: ", "#")


@dataclass
class Outcome:
    """How a run went; `last` are the lines that a crash ended with."""

    target: str
    progress: Progress = field(default_factory=Progress)
    seconds: float = 0.0
    is_flat: bool = False
    crashes: list[Path] = field(default_factory=list)
    last: list[str] = field(default_factory=list)


async def run(service: Service, target: str, seconds: float, crashes: Path = CRASHES) -> Outcome:
    """Fuzz for at most so many seconds of processor time, as the least important work."""
    folder = crashes / target
    folder.mkdir(parents=True, exist_ok=True)
    before = set(folder.iterdir())
    with tempfile.TemporaryDirectory(prefix="shallot-fuzz-") as own:
        # The dictionary is written to the same folder.
        corpus = Path(own) / "corpus"
        corpus.mkdir()
        child = await asyncio.create_subprocess_exec(
            *("nice", "-n", "19", service.command("python"), "-u", "-m", INSIDE, target),
            *(f"-artifact_prefix={folder}/", f"-max_len={LONGEST}", f"-timeout={SLOWEST}"),
            *(f"-rss_limit_mb={MOST_MEMORY}", "-print_final_stats=1", str(corpus)),
            cwd=service.path,
            env={**environment(), "PYTHONPATH": os.pathsep.join(("src", str(ROOT)))},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            outcome = await _follow(child, target, seconds)
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    outcome.crashes = sorted(set(folder.iterdir()) - before)
    if child.returncode and not outcome.crashes:
        ended = f"{target} did not run, it ended with {child.returncode}:"
        raise RuntimeError("\n".join([ended, *outcome.last]))
    return outcome


async def _follow(child: asyncio.subprocess.Process, target: str, seconds: float) -> Outcome:
    outcome = Outcome(target)
    progress = outcome.progress
    last: deque[str] = deque(maxlen=SHOWN)
    reading = asyncio.create_task(_read(child, outcome, last))
    while not reading.done():
        outcome.seconds = _used(child.pid) or outcome.seconds
        outcome.is_flat = progress.is_flat(outcome.seconds)
        if outcome.is_flat or outcome.seconds >= seconds:
            # It ends after the input that it is at, and tells its final figures.
            child.send_signal(signal.SIGUSR1)
            async with asyncio.timeout(END):
                await reading
        await asyncio.wait([reading], timeout=0.2)
    await reading
    await child.wait()
    outcome.last = list(last)
    return outcome


async def _read(child: asyncio.subprocess.Process, outcome: Outcome, last: deque[str]) -> None:
    assert child.stdout
    async for line in child.stdout:
        text = line.decode(errors="replace").rstrip()
        if not text.startswith(NOISE):
            last.append(text)
        outcome.progress.read(text, outcome.seconds)


def _used(pid: int) -> float:
    with suppress(OSError):
        return processor_time(pid)
    return 0.0
