"""Port: authentication of bearer tokens."""

from typing import Protocol

from chassis.application.access.caller import Caller


class Authenticator(Protocol):
    """Every transport passes it the credentials of a request, or of a connection."""

    @property
    def is_on(self) -> bool:
        """Whether callers are authenticated; if not, all are `ANONYMOUS`."""
        ...

    async def authenticate(self, token: str | None) -> Caller:
        """Return the caller; raises `Unauthorized`, or `Unavailable` if the keys cannot be read."""
        ...

    async def check(self) -> None:
        """Return if tokens can be verified now; raises `Unavailable`, with the reason."""
        ...
