"""Whom a session speaks for."""

import logging
import time

from chassis.application.access.caller import ANONYMOUS, Caller
from chassis.application.errors import Unauthorized
from chassis.application.ports.authenticator import Authenticator

log = logging.getLogger(__name__)


class Login:
    """Holds for the whole session, until the caller's token expires or another one is shown."""

    def __init__(self, authenticator: Authenticator | None) -> None:
        self._authenticator = authenticator
        is_on = authenticator is not None and authenticator.is_on
        self.caller: Caller | None = None if is_on else ANONYMOUS

    @property
    def is_known(self) -> bool:
        """Whether somebody has said who it is, or nobody is asked."""
        return self.caller is not None

    async def authenticate(self, token: str) -> Caller:
        """Return the caller that the token names, and who was before stays where it is refused.

        Raises `Unauthorized`, or `Unavailable` where the keys are away.
        """
        if self._authenticator is None:
            return ANONYMOUS
        self.caller = await self._authenticator.authenticate(token)
        return self.caller

    def check(self) -> Caller:
        """Return the caller; raises `Unauthorized`."""
        caller = self.caller
        if caller is None:
            log.warning("token refused", extra={"reason": "there is none"})
            raise Unauthorized("say who you are first, with session.authenticate and a token")
        if caller.expires_at is not None and caller.expires_at <= time.time():
            log.warning("token refused", extra={"reason": "it has expired"})
            raise Unauthorized("the token has expired: show another with session.authenticate")
        return caller
