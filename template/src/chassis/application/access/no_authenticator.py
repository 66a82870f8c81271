"""What stands for an authenticator where nobody is asked: in development alone."""

from chassis.application.access.caller import ANONYMOUS, Caller


class NoAuthenticator:
    """Asks nobody."""

    is_on = False

    async def authenticate(self, token: str | None) -> Caller:
        """Return the one caller that there is."""
        return ANONYMOUS

    async def check(self) -> None:
        """Return: there is nothing to verify."""
