"""Export: write the dead letters to stdout, for a backup."""

import asyncio
import sys
from contextlib import aclosing

import msgspec

from chassis.cli.dead_letters import dead_letter_queue


def command(*, unrouted: bool = False) -> None:
    """Write the dead letters to stdout, oldest first: one JSON document on each line.

    They stay where they are. `dead-letters restore` reads this form.

    Parameters
    ----------
    unrouted
        Write the messages that no queue took, instead of the dead letters.
    """
    asyncio.run(_export(unrouted))


async def _export(unrouted: bool) -> None:
    async with dead_letter_queue(unrouted) as queue, aclosing(queue.walk()) as walk:
        async for dead_letter in walk:
            sys.stdout.buffer.write(msgspec.json.encode(dead_letter.message) + b"\n")
    sys.stdout.buffer.flush()
