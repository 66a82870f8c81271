"""Show: one dead letter, as received."""

import asyncio
import sys
from contextlib import aclosing
from typing import Any

import msgspec

from chassis.application.dead_letter_choice import Choice, chosen
from chassis.application.failures import Failures
from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from chassis.cli.dead_letters import dead_letter_queue, not_here
from chassis.cli.failure import UsageError
from chassis.cli.output import print_json
from chassis.domain.text import printable, printable_lines


def command(
    identity: str, /, *, raw: bool = False, unrouted: bool = False, json: bool = False
) -> None:
    """Show one message: why it became a dead letter, when, how often it was tried, and its body.

    Parameters
    ----------
    identity
        The id that `list` shows.
    raw
        Write the body to stdout as it is, and nothing else.
    unrouted
        Look among the messages that no queue took, instead of the dead letters.
    json
        Print one JSON document; a body that is no UTF-8 is `body_base64` in it.
    """
    if raw and json:
        raise UsageError("show takes --raw or --json, not both")
    message = asyncio.run(_find(identity, unrouted))
    if raw:
        sys.stdout.buffer.write(message.body)
    elif json:
        print_json(_document(message))
    else:
        sys.stdout.write(_page(message))


async def _find(identity: str, unrouted: bool) -> DeadLetterMessage:
    choice = Choice(frozenset([identity]))
    async with dead_letter_queue(unrouted) as queue, aclosing(chosen(queue, choice)) as walk:
        async for dead_letter in walk:
            return dead_letter.message
    raise not_here({identity})


def _document(message: DeadLetterMessage) -> dict[str, Any]:
    failures = message.failures
    about = {
        "id": message.id,
        "dead_lettered_at": message.dead_lettered_at,
        "attempts": failures.count,
        "first_failed_at": failures.first,
        "last_failed_at": failures.last,
        "reason": message.reason,
    }
    try:
        return about | {"body": message.body.decode()}
    except UnicodeDecodeError:
        return about | {"body_base64": message.body}


def _page(message: DeadLetterMessage) -> str:
    return (
        f"id         {printable(message.id)}\n"
        f"dead since {message.dead_lettered_at.isoformat()}\n"
        f"tried      {_tried(message.failures)}\n"
        f"reason     {printable(message.reason)}\n"
        f"bytes      {len(message.body)}\n\n"
        f"{_readable(message.body)}\n"
    )


def _tried(failures: Failures) -> str:
    if failures.first is None or failures.last is None:
        return f"{failures.count} times" if failures.count else "unknown"
    if failures.count == 1:
        return f"once, at {failures.first.isoformat()}"
    first, last = failures.first.isoformat(), failures.last.isoformat()
    return f"{failures.count} times, from {first} to {last}"


def _readable(body: bytes) -> str:
    try:
        text = msgspec.json.format(body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body.decode(errors="backslashreplace")
    return printable_lines(text)
