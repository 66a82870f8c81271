"""The caller of a request, and its permissions."""

from msgspec import Struct

from chassis.application.access.pattern import matches
from chassis.application.access.scopes import ADMIN
from chassis.application.errors import Forbidden

EVERYBODY = "*"


class Caller(Struct, frozen=True, kw_only=True):
    """A caller; `receivers` are patterns of the receivers that it may read.

    An administrator holds every scope and reads all receivers. `expires_at` is in seconds since the
    epoch; the caller has no access after it.
    """

    name: str
    scopes: frozenset[str] = frozenset()
    receivers: tuple[str, ...] = ()
    is_admin: bool = False
    expires_at: float | None = None

    def check(self, scope: str) -> None:
        """Raise `Forbidden` if the caller lacks the scope."""
        if not self.holds(scope):
            if scope == ADMIN:
                raise Forbidden("this needs the scope of administrators, which the token lacks")
            raise Forbidden(f"this needs the scope {scope}, which the token lacks")

    def holds(self, scope: str) -> bool:
        """Return whether the caller has the scope."""
        return self.is_admin or (scope in self.scopes and scope != ADMIN)

    def may_read(self, receiver: str) -> bool:
        """Return whether the caller may read this receiver."""
        return self._reads_all or any(matches(pattern, receiver) for pattern in self.receivers)

    def readable(self, receiver: str | None) -> str | None:
        """Return the receiver to query if the caller asks for this one; None means all receivers.

        A caller that may read only one receiver need not name it. Raises `Forbidden`.
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
