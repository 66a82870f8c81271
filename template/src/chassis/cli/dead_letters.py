"""The functions that the commands of `dead-letters` share."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

from rich.progress import Progress

from chassis.application.actors.throttle import Throttle
from chassis.application.dead_letter_choice import Choice, chosen
from chassis.application.ports.dead_letter_queue import DeadLetter, DeadLetterQueue, NotTaken
from chassis.application.ports.dead_letters import DeadLetters
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.system import System
from chassis.cli.failure import CommandFailed, UsageError
from chassis.cli.output import console


@asynccontextmanager
async def dead_letter_queue(unrouted: bool) -> AsyncIterator[DeadLetterQueue]:
    """Open the dead letters of the broker in the settings, or the unrouted messages."""
    system = System(Configuration.read(), [])
    try:
        broker = system.core.broker()
        yield broker.unrouted if unrouted else broker.dead_letters
    finally:
        await system.close()


@asynccontextmanager
async def dead_letters() -> AsyncIterator[DeadLetters]:
    """Open the dead letters of the broker in the settings, to add some."""
    system = System(Configuration.read(), [])
    try:
        yield system.core.broker().dead_letters
    finally:
        await system.close()


def choose(ids: tuple[str, ...], reason: str | None, everything: bool) -> Choice:
    """Return the choice that the arguments make; raises `UsageError` unless it is one."""
    if [bool(ids), bool(reason), everything].count(True) != 1:
        raise UsageError("choose messages: one or more IDs, or --reason TEXT, or --all")
    return Choice(frozenset(ids), reason or "")


def not_here(ids: set[str]) -> CommandFailed:
    """Return the error for ids that no message has."""
    return CommandFailed(f"no such message: {', '.join(sorted(ids))} (see dead-letters list)")


async def settle(
    act: Callable[[DeadLetter], Awaitable[None]],
    done: str,
    choice: Choice,
    unrouted: bool,
    rate: float | None = None,
) -> None:
    """Do `act` to the chosen ones, at most `rate` a second, and print how many were `done`.

    It prints them however it ends. Raises `CommandFailed`, at the end, for unknown ids and for
    messages that the broker did not take.
    """
    missing, count = set(choice.ids), 0
    refused: list[str] = []
    try:
        async with dead_letter_queue(unrouted) as queue:
            total = len(missing) or (None if choice.reason else await queue.count())
            with Progress(transient=True, disable=not sys.stderr.isatty()) as bar:
                task = bar.add_task(done, total=total)
                throttle = Throttle(1 / rate if rate else 0.0)
                async with aclosing(chosen(queue, choice)) as walk:
                    async for dead_letter in walk:
                        await throttle.wait()
                        try:
                            await act(dead_letter)
                            count += 1
                        except NotTaken as error:
                            refused.append(str(error))
                        missing.discard(dead_letter.message.id)
                        bar.advance(task)
    finally:
        console.print(f"{done}: {count} message{'' if count == 1 else 's'}", highlight=False)
    if refused:
        raise CommandFailed(f"{len(refused)} not {done}, and still stored: {refused[-1]}")
    if missing:
        raise not_here(missing)
