"""A program of the system that listens on ports, such as a proxy, for as long as a block lasts."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from tools.drill.servers import MissingError

START = 10.0


@asynccontextmanager
async def listening(*command: str, ports: Collection[int]) -> AsyncIterator[None]:
    """Run a program, whose name is its package's, until the block ends.

    Returns once it takes connections on each of the ports. Raises `MissingError` where it is not
    installed, `TimeoutError` where it takes too long, `RuntimeError` where it ends before.
    """
    try:
        child = await asyncio.create_subprocess_exec(*command, start_new_session=True)
    except FileNotFoundError:
        name = command[0]
        raise MissingError(f"{name} is not installed: apt-get install {name}") from None
    try:
        async with asyncio.timeout(START):
            for port in ports:
                await _connected(child, command[0], port)
        yield
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


async def _connected(child: asyncio.subprocess.Process, name: str, port: int) -> None:
    while True:
        if child.returncode is not None:
            raise RuntimeError(f"{name} has ended with {child.returncode}")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
