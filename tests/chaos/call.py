"""One call of a caller: what it asks for, under which key."""

from typing import NamedTuple

# How many different receivers or customers there are, by which streams filter.
SUBJECTS = 50


class Call(NamedTuple):
    """A request in JSON for `size` items, each of which becomes an event of one `type`.

    Each item carries a token of its own, the key and the item's number. So an item that lies in a
    store is traced to its call, also where the caller was never told its id. A call that takes no
    idempotency key has the `key` for that alone.
    """

    type: str
    key: str
    size: int
    path: str
    body: bytes
    is_wrong: bool
    takes_key: bool = True


def token(key: str, number: int) -> str:
    """Return the token of the item with that number."""
    return f"{key}/{number}"
