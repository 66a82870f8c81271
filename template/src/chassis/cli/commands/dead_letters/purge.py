"""Purge: drop parked messages for good."""

import asyncio

from chassis.cli.parking import choose, settle


def command(
    *ids: str, reason: str | None = None, all: bool = False, unrouted: bool = False
) -> None:
    """Drop parked messages for good, without asking; say which.

    Parameters
    ----------
    ids
        These messages.
    reason
        Those whose reason starts so.
    all
        All that are parked at the start.
    unrouted
        Drop what no queue wanted, instead of the dead letters.
    """
    choice = choose(ids, reason, all)
    asyncio.run(settle(lambda parked: parked.discard(), "purged", choice, unrouted))
