"""Who asks, and what it may do."""

from msgspec import Struct

from chassis.application.access.pattern import matches
from chassis.application.access.scopes import ADMIN
from chassis.application.errors import Forbidden

EVERYBODY = "*"


class Caller(Struct, frozen=True, kw_only=True):
    """A caller; `receivers` are patterns of those that it may read.

    An administrator holds every scope and reads all receivers.
    `expires_at` is in seconds since the epoch: from then on it may do nothing any more.
    """

    name: str
    scopes: frozenset[str] = frozenset()
    receivers: tuple[str, ...] = ()
    is_admin: bool = False
    expires_at: float | None = None

    def check(self, scope: str) -> None:
        """Raise `Forbidden` where it lacks the scope."""
        if not self.holds(scope):
            if scope == ADMIN:
                raise Forbidden("this is for administrators, whose scope the token has not got")
            raise Forbidden(f"this needs the scope {scope}, which the token has not got")

    def holds(self, scope: str) -> bool:
        """Return whether it has the scope."""
        return self.is_admin or (scope in self.scopes and scope != ADMIN)

    def may_read(self, receiver: str) -> bool:
        """Return whether it may know what this receiver gets."""
        return self._reads_all or any(matches(pattern, receiver) for pattern in self.receivers)

    def readable(self, receiver: str | None) -> str | None:
        """Return the receiver to look for where it asks for this one; None is all of them.

        A caller who may read one receiver need not name it. Raises `Forbidden`.
        """
        if receiver is not None:
            if not self.may_read(receiver):
                raise Forbidden("the token does not let you read this receiver")
            return receiver
        if self._reads_all:
            return None
        if len(self.receivers) == 1 and "*" not in self.receivers[0]:
            return self.receivers[0]
        raise Forbidden("the token does not let you read all receivers: name one of yours")

    @property
    def _reads_all(self) -> bool:
        return self.is_admin or EVERYBODY in self.receivers


# An unauthenticated caller: full access with AUTH=none, none with AUTH=jwt.
ANONYMOUS = Caller(name="anonymous", is_admin=True)
