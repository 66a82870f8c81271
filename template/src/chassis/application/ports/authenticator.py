"""Port: who the bearer of a token is."""

from typing import Protocol

from chassis.application.access.caller import Caller


class Authenticator(Protocol):
    """Told by every transport what credentials came with a request, or with a connection."""

    @property
    def is_on(self) -> bool:
        """Whether anybody is asked; where nobody is, all are `ANONYMOUS`."""
        ...

    async def authenticate(self, token: str | None) -> Caller:
        """Return the caller; raises `Unauthorized`, or `Unavailable` where the keys are away."""
        ...

    async def check(self) -> None:
        """Return where tokens can be verified now; raises `Unavailable`, with the reason."""
        ...
