"""System calls that fail in a running process, as they do where the hardware does."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tools.required import MissingRight, program

# Seconds until all processes are held, and until they are released.
PATIENCE = 10.0
PAUSE = 0.01

SYNC = "fsync,fdatasync,sync_file_range"


def lacks() -> str:
    """Return what this machine has not got for it, or ""."""
    if lacking := program("strace"):
        return lacking
    return "" if os.geteuid() == 0 else MissingRight("root, to hold processes")


@asynccontextmanager
async def failing_sync(pids: Iterable[int]) -> AsyncIterator[None]:
    """Let every attempt of these processes to write data safely to the disk fail with EIO.

    It holds for as long as the block lasts, or they do, and not for processes that come after.
    They may die of it at once. Raises `RuntimeError` where they cannot be held.
    """
    held = sorted(pids)
    strace = await asyncio.create_subprocess_exec(
        *("strace", "--follow-forks", "--quiet=all", "--output=/dev/null"),
        *(f"--trace={SYNC}", f"--inject={SYNC}:error=EIO"),
        *(f"--attach={pid}" for pid in held),
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        await _held(strace, held)
        yield
    finally:
        # It has ended by itself where all that it held have.
        with suppress(ProcessLookupError):
            strace.terminate()
        async with asyncio.timeout(PATIENCE):
            await strace.wait()


async def _held(strace: asyncio.subprocess.Process, pids: Iterable[int]) -> None:
    assert strace.stderr
    async with asyncio.timeout(PATIENCE):
        while strace.returncode is None:
            tracers = {_tracer(pid) for pid in pids}
            # Some may have gone meanwhile.
            if strace.pid in tracers and tracers <= {strace.pid, None}:
                return
            await asyncio.sleep(PAUSE)
    # It ends well after all that it held, which may have died of the first failure.
    if strace.returncode:
        said = (await strace.stderr.read()).decode().strip()
        raise RuntimeError(f"strace cannot hold the processes: {said}")


def _tracer(pid: int) -> int | None:
    """Return the tracer of a process, 0 without one; none if the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) for line in lines if line.startswith("TracerPid:"))
