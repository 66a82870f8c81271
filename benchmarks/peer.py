"""A peer: a program that does the same work in another way, in an environment of its own."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from tools.process import Process, free_port, run_in
from tools.service import Service, environment, make_environment, pip_install

PROGRAMS = Path(__file__).with_name("peers")
PATIENCE = 30.0

# `run_in` waits for a first line, and a web server that logs nothing prints none.
WITH_A_LINE = ("/bin/sh", "-c", 'echo starting; exec "$@"', "sh")
# uvicorn gives itself the signal once more when all is closed.
WELL = (0, -signal.SIGTERM)


def install(folder: Path, name: str) -> Service:
    """Put `peers/NAME.py` into `folder`, with an environment of what `peers/NAME.txt` lists."""
    folder.mkdir(parents=True)
    shutil.copy(PROGRAMS / f"{name}.py", folder)
    make_environment(folder / ".venv")
    peer = Service(folder)
    pip_install(peer, "--requirement", str(PROGRAMS / f"{name}.txt"))
    return peer


@asynccontextmanager
async def run(
    peer: Service, command: Sequence[str], settings: Mapping[str, str]
) -> AsyncIterator[Process]:
    """Run a command of the peer's environment; raises where it ends other than well."""
    name, *arguments = command
    line = [peer.command(name), *arguments]
    async with run_in(peer.path, line, (), environment() | dict(settings)) as process:
        yield process
    _check(process, command)


@asynccontextmanager
async def serve(
    peer: Service, command: Sequence[str], settings: Mapping[str, str], port_setting: str
) -> AsyncIterator[Process]:
    """Run a web server on a free port, which it is told by the variable `port_setting`."""
    name, *arguments = command
    port = free_port()
    line = [*WITH_A_LINE, peer.command(name), *arguments]
    variables = {**environment(), **settings, port_setting: str(port)}
    async with run_in(peer.path, line, (), variables) as process:
        await _listening(process, port)
        process.ports["http"] = port
        yield process
    _check(process, command)


def uvicorn(
    peer: Service, application: str, settings: Mapping[str, str]
) -> AbstractAsyncContextManager[Process]:
    """Serve an application by uvicorn, as one process and without a log of requests."""
    quiet = {"UVICORN_HOST": "127.0.0.1", "UVICORN_LOG_LEVEL": "warning"}
    return serve(peer, ("uvicorn", application), {**settings, **quiet}, "UVICORN_PORT")


async def _listening(process: Process, port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while process.exit_code is None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)
    raise RuntimeError("\n".join(["the peer did not start:", *process.lines]))


def _check(process: Process, command: Sequence[str]) -> None:
    if process.exit_code not in WELL:
        raise RuntimeError("\n".join([f"{command[0]} failed:", *process.lines]))
