"""Purge: delete dead letters permanently."""

import asyncio

from chassis.cli.dead_letters import choose, settle


def command(
    *ids: str, reason: str | None = None, all: bool = False, unrouted: bool = False
) -> None:
    """Delete dead letters permanently, without a question; say which.

    Parameters
    ----------
    ids
        These messages.
    reason
        Those whose reason starts so.
    all
        All dead letters at the start.
    unrouted
        Delete the messages that no queue took, instead of the dead letters.
    """
    choice = choose(ids, reason, all)
    asyncio.run(settle(lambda dead_letter: dead_letter.discard(), "purged", choice, unrouted))
