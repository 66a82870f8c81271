"""The authentication of a session."""

import logging
import time

from chassis.application.access.caller import ANONYMOUS, Caller
from chassis.application.errors import Unauthorized
from chassis.application.ports.authenticator import Authenticator

log = logging.getLogger(__name__)


class AuthState:
    """Applies to the whole session, until the caller's token expires or another one is sent.

    A transport that authenticates callers itself gives the `caller`.
    """

    def __init__(self, authenticator: Authenticator | None, caller: Caller | None = None) -> None:
        self._authenticator = authenticator
        is_on = authenticator is not None and authenticator.is_on
        self.caller: Caller | None = caller if is_on else ANONYMOUS

    @property
    def is_known(self) -> bool:
        """Whether the caller is authenticated, or need not be."""
        return self.caller is not None

    async def authenticate(self, token: str) -> Caller:
        """Return the caller of the token; if it is refused, the earlier caller stays.

        Raises `Unauthorized`, or `Unavailable` if the keys cannot be read.
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
            raise Unauthorized("credentials are missing: call session.authenticate with a token")
        if caller.expires_at is not None and caller.expires_at <= time.time():
            log.warning("token refused", extra={"reason": "it has expired"})
            raise Unauthorized("the token has expired: send another with session.authenticate")
        return caller
