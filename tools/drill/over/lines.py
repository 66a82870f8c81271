"""Connections of plain bytes, for callers that need no library."""

import asyncio

from tools.drill.over.caller import CUT, UnansweredError, UnreachedError

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]

# Maximum bytes of one line or one head: a page of notifications is one.
LONGEST = 16 * 2**20


async def connect(port: int) -> Pair:
    """Return a new connection to this machine; raises `UnreachedError`."""
    try:
        return await asyncio.open_connection("127.0.0.1", port, limit=LONGEST)
    except OSError as error:
        raise UnreachedError(type(error).__name__) from error


async def usable(pair: Pair | None) -> Pair | None:
    """Return the connection unless the other side has ended it: then it is closed."""
    if pair is None:
        return None
    reader, writer = pair
    # Received bytes are visible after the loop's next turn.
    await asyncio.sleep(0)
    if not reader.at_eof():
        return pair
    writer.close()
    return None


def unanswered(error: Exception) -> UnansweredError:
    """Return what it means that a read has ended with `error`."""
    if isinstance(error, asyncio.IncompleteReadError):
        return UnansweredError(CUT if error.partial else "closed before the answer")
    return UnansweredError(type(error).__name__)
