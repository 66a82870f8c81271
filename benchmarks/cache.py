"""What lies in a side's own database of the cache, asked of Redis by its own client."""

import asyncio
import os
from urllib.parse import unquote, urlsplit


async def flush(url: str) -> None:
    """Empty the database."""
    await _ask(url, "FLUSHDB")


async def size(url: str) -> int:
    """Return how many keys the database has."""
    return int(await _ask(url, "DBSIZE"))


def numbered(url: str, number: int) -> str:
    """Return the address of another database of the same server."""
    return f"{url.rpartition('/')[0]}/{number}"


async def _ask(url: str, command: str) -> str:
    server = urlsplit(url)
    # `redis-cli -u` takes an empty user for a name.
    address = ("-h", str(server.hostname), "-p", str(server.port), "-n", server.path.strip("/"))
    child = await asyncio.create_subprocess_exec(
        *("redis-cli", "-e", *address, command),
        env={**os.environ, "REDISCLI_AUTH": unquote(server.password or "")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"{command} failed: {errors.decode() or output.decode()}")
    return output.decode()
