"""Why a connection is closed, and the errors of the library in words."""

import re
from typing import NamedTuple

from iroh import IrohError

# The place in the library's source that its messages name.
_PLACE = re.compile(r" \(/[^)]*\)")


class Goodbye(NamedTuple):
    """The application's code and reason of a closed connection, which its peer can read."""

    code: int
    reason: bytes


DRAINING = Goodbye(1, b"the service is draining: connect again")
NOT_ALLOWED = Goodbye(2, b"this node id is not in P2P_ALLOWED_PEERS of the service")
TOO_MANY = Goodbye(3, b"too many connections are open")
IDLE = Goodbye(4, b"the connection was idle")


def describe_error(error: IrohError) -> str:
    """Return the cause in one line."""
    # The last line is the innermost cause.
    return _PLACE.sub("", error.message().strip().splitlines()[-1]).strip()
