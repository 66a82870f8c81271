import asyncio
import sys
from contextlib import suppress

import pytest

from tests.chaos import syscalls
from tests.chaos.syscalls import failing_sync, lacks

PATIENCE = 30.0

# Answers each line with what came of an attempt to write safely.
SYNCING = """
import os, sys, tempfile
file = tempfile.TemporaryFile()
for _ in sys.stdin:
    try:
        os.fdatasync(file.fileno())
        print("done", flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
"""

# Ends with 1 at the first attempt to write safely that fails.
WRITING = """
import os, sys, tempfile, time
file = tempfile.TemporaryFile()
while True:
    try:
        os.fdatasync(file.fileno())
    except OSError:
        sys.exit(1)
    time.sleep(0.01)
"""


@pytest.mark.needs(lacks())
def test_syncs_fail_while_the_block_lasts() -> None:
    async def scene() -> None:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SYNCING),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        stdin, stdout = child.stdin, child.stdout
        assert stdin
        assert stdout

        async def ask() -> str:
            stdin.write(b"\n")
            return (await stdout.readline()).decode().strip()

        try:
            assert await ask() == "done"
            async with failing_sync([child.pid]):
                assert await ask() == "Input/output error"
            assert await ask() == "done"
        finally:
            child.kill()
            await child.wait()

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))


@pytest.mark.needs(lacks())
def test_processes_that_die_of_it_before_anybody_looks_were_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Longer than a process that writes all the time lives once strace holds it.
    monkeypatch.setattr(syscalls, "PAUSE", 1.0)

    async def scene() -> None:
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITING)
        try:
            async with failing_sync([child.pid]):
                assert await child.wait() == 1
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))


@pytest.mark.needs(lacks())
def test_processes_that_cannot_be_held_are_an_error() -> None:
    async def scene() -> None:
        with pytest.raises(RuntimeError, match="strace cannot hold"):
            async with failing_sync([1 << 22]):
                pass

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))
