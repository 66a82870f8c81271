"""What lies in a side's own database of the cache, asked of Redis by its own client."""

import asyncio


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
    child = await asyncio.create_subprocess_exec(
        *("redis-cli", "--no-auth-warning", "-u", url, command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"{command} failed: {errors.decode()}")
    return output.decode()
