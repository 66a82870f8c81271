"""The keys in a side's own database of the cache, read by Redis's own client."""

import os
from urllib.parse import unquote, urlsplit

from tools.printed import printed


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
    line = ("redis-cli", "-e", *address, command)
    env = {**os.environ, "REDISCLI_AUTH": unquote(server.password or "")}
    return await printed(*line, env=env, told=command)
