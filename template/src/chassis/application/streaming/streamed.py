"""The streamed event types: a line for each, in a visible table."""

from collections.abc import Mapping

from msgspec import Struct

from chassis.application.access.caller import Caller
from chassis.application.errors import Forbidden
from chassis.application.version import versions
from chassis.domain.errors import Invalid


class Streamed(Struct, frozen=True):
    """How one event type is streamed, and to which callers.

    `event` is the name of its items, `scope` the scope that a subscriber needs. `subject` and `tag`
    are the subscribers' names for these filters, such as `receiver`; no `tag`, no such filter.
    """

    event: str
    scope: str
    subject: str = "subject"
    tag: str | None = None


type StreamTable = Mapping[str, Streamed]


def readable(table: StreamTable, wanted: tuple[str, ...], caller: Caller) -> frozenset[str] | None:
    """Return the types to stream to the caller, `None` for all of them.

    One version represents all versions of an event in the table: the service decides which one it
    ingests.

    Raises `Invalid` for a type that is not streamed, and `Forbidden`.
    """
    for name in wanted:
        if name not in table:
            known = ", ".join(sorted(table))
            raise Invalid("type", f"is not streamed: choose from {known}")
    types = frozenset().union(*(versions(name, table) for name in wanted))
    # Another version of a type may need another scope.
    for name in sorted(types):
        caller.check(table[name].scope)
    types = types or _allowed(table, caller)
    return None if types == table.keys() else types


def _allowed(table: StreamTable, caller: Caller) -> frozenset[str]:
    allowed = frozenset(name for name, each in table.items() if caller.holds(each.scope))
    if not allowed:
        scopes = ", ".join(sorted({each.scope for each in table.values()}))
        raise Forbidden(f"this needs one of these scopes, and the token has none: {scopes}")
    return allowed
