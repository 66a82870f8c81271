"""Advice for the operator about messages that no queue takes."""

from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing

from chassis.application.bindings import binding_for
from chassis.application.ports.dead_letter_queue import DeadLetterQueue

# The most messages to read, and the most bindings to name.
SAMPLE = 100
NAMED = 5


async def unrouted_advice(queue: DeadLetterQueue, where: str) -> str | None:
    """Return how many messages lie in `queue`, called `where`, and which bindings would take them.

    None if there is nothing. Reads the first `SAMPLE` messages only. Raises `Unavailable`.
    """
    count = await queue.count()
    if not count:
        return None
    found: Counter[str] = Counter()
    async with aclosing(queue.walk()) as walk:
        async for dead_letter in walk:
            found[binding_for(dead_letter.message.routing_key)] += 1
            if found.total() == SAMPLE:
                break
    first = f" (of the first {found.total()})" if found.total() < count else ""
    return (
        f"{count} messages lie in {where}: no queue is bound by {listed(found)}{first}. Run a "
        "service that handles these events, or add the binding to BROKER_BINDINGS of one; they are "
        "routed within a minute after that"
    )


def listed(unwanted: Mapping[str, int]) -> str:
    """Return the bindings that most messages need, with how many: `order.# (7), invoice.# (2)`."""
    most = Counter(unwanted).most_common()
    named = ", ".join(f"{binding} ({count})" for binding, count in most[:NAMED])
    left = len(most) - NAMED
    return f"{named} and {left} more" if left > 0 else named
