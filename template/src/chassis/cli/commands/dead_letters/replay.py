"""Replay: let the service try dead letters again."""

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
    """Send dead letters again, oldest first; say which.

    Each leaves only once that is certain, so it may be interrupted. What cannot be handled now
    either is dead-lettered again.

    Parameters
    ----------
    ids
        These messages.
    reason
        Those whose reason starts so.
    all
        All dead letters at the start.
    rate
        At most so many a second.
    unrouted
        Take what no queue wanted, instead of the dead letters.
    """
    choice = choose(ids, reason, all)
    asyncio.run(
        settle(lambda dead_letter: dead_letter.replay(), "replayed", choice, unrouted, rate)
    )
