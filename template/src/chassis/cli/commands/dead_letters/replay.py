"""Replay: publish dead letters again."""

import asyncio
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from chassis.cli.dead_letters import choose, settle


def command(
    *ids: str,
    reason: str | None = None,
    all: bool = False,
    rate: Annotated[float | None, Parameter(validator=Number(gt=0))] = None,
    unrouted: bool = False,
) -> None:
    """Publish dead letters again, oldest first; say which.

    Each one is removed only after the broker has confirmed it, so the command may be interrupted. A
    message that still cannot be handled is dead-lettered again.

    Parameters
    ----------
    ids
        These messages.
    reason
        Those whose reason starts so.
    all
        All dead letters at the start.
    rate
        The most messages a second.
    unrouted
        Publish the messages that no queue took, instead of the dead letters.
    """
    choice = choose(ids, reason, all)
    asyncio.run(
        settle(lambda dead_letter: dead_letter.replay(), "replayed", choice, unrouted, rate)
    )
