"""Restore: add the dead letters of an export again."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from hashlib import sha256
from itertools import batched

import msgspec

from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from chassis.application.ports.dead_letters import DeadLetters
from chassis.cli.dead_letters import dead_letters
from chassis.cli.failure import CommandFailed
from chassis.cli.output import console

# Messages on their way to the broker at a time.
AT_ONCE = 64


def command() -> None:
    """Read dead letters from stdin, as `dead-letters export` writes them, and add them.

    A message that is among the dead letters already is not added again. So the command may be
    interrupted and repeated.
    """
    asyncio.run(_restore())


async def _restore() -> None:
    count = present = 0
    try:
        async with dead_letters() as queue:
            known = {_fingerprint(message) async for message in _messages(queue)}
            async for batch in _batches():
                new = {_fingerprint(message): message for message in batch}
                new = {print_: message for print_, message in new.items() if print_ not in known}
                known |= new.keys()
                present += len(batch) - len(new)
                count += await _add(queue, [*new.values()])
    finally:
        console.print(f"restored: {count}, present already: {present}", highlight=False)


async def _messages(queue: DeadLetters) -> AsyncIterator[DeadLetterMessage]:
    async with aclosing(queue.walk()) as walk:
        async for dead_letter in walk:
            yield dead_letter.message


async def _batches() -> AsyncIterator[list[DeadLetterMessage]]:
    """Yield the messages on stdin. Reading blocks, and a connection has its heartbeats meanwhile.

    Raises `CommandFailed` for a line that is none.
    """
    lines = batched(enumerate(sys.stdin.buffer, 1), AT_ONCE)
    while batch := await asyncio.to_thread(next, lines, None):
        yield [_decode(number, line) for number, line in batch]


def _decode(number: int, line: bytes) -> DeadLetterMessage:
    try:
        return msgspec.json.decode(line, type=DeadLetterMessage)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CommandFailed(
            f"line {number} is no dead letter ({error}): give the output of dead-letters export"
        ) from None


async def _add(queue: DeadLetters, messages: list[DeadLetterMessage]) -> int:
    """Add them and return how many; raises the first error once all are settled."""
    adding = (
        queue.add(message.body, message.reason, message.failures, message.dead_lettered_at)
        for message in messages
    )
    results = await asyncio.gather(*adding, return_exceptions=True)
    for result in results:
        if result is not None:
            raise result
    return len(results)


def _fingerprint(message: DeadLetterMessage) -> bytes:
    """Return what tells one rejection from another; its id is a new one wherever it is added."""
    about = f"{message.dead_lettered_at.timestamp()} {message.reason}\0".encode()
    return sha256(about + message.body).digest()
