"""Attackers: each sends one shape on a connection of its own, and leaves."""

import asyncio
from collections import Counter
from contextlib import suppress
from itertools import cycle

from tools.drill.over.lines import connect
from tools.drill.smuggling.shapes import Shape

# Seconds between the parts, in turn: before the answer to the head alone can be there, and after.
PAUSES = cycle((0, 0.001, 0.002, 0.005, 0.05))
# How long an attacker waits for its own answer.
WAIT = 0.5


async def attack(port: int, shape: Shape, seen: Counter[str]) -> None:
    """Send the parts; count in `seen` what was answered."""
    reader, writer = await connect(port)
    answer, pause = b"", next(PAUSES)
    with suppress(OSError):
        for part in shape.parts:
            writer.write(part)
            await asyncio.sleep(pause)
        async with asyncio.timeout(WAIT):
            answer = await reader.read(65_536)
    seen[_told(answer)] += 1
    writer.close()


def _told(answer: bytes) -> str:
    if answer.startswith(b"HTTP/1."):
        return answer[9:12].decode()
    return "another protocol" if answer else "no answer"
