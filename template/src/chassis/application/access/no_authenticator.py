"""The authenticator of AUTH=none: for development alone."""

from chassis.application.access.caller import ANONYMOUS, Caller


class NoAuthenticator:
    """Authenticates no caller."""

    is_on = False

    async def authenticate(self, token: str | None) -> Caller:
        """Return the anonymous caller."""
        return ANONYMOUS

    async def check(self) -> None:
        """Return: there is nothing to verify."""
