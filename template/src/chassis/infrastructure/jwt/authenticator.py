"""Authentication by JSON Web Tokens: the claims of a token, and its issuer's signature."""

import logging
import time
from collections import OrderedDict
from typing import Any

import jwt
import msgspec

from chassis.application.access.caller import Caller
from chassis.application.errors import Unauthorized
from chassis.infrastructure.jwt.claims import to_caller
from chassis.infrastructure.jwt.key import VerificationKey
from chassis.infrastructure.jwt.keys import Keys

log = logging.getLogger(__name__)

LONGEST = 8192
# Verified tokens are cached: a signature takes longer than the rest of a request.
REMEMBERED = 4096

_REQUIRED = ["exp", "sub"]


class JwtAuthenticator:
    """Verifies the signature, the times and, if they are set, issuer and audience.

    A token with `admin_scope` is an administrator's. `leeway` is the allowed difference of clocks,
    in seconds.
    """

    is_on = True

    def __init__(
        self,
        keys: Keys,
        *,
        admin_scope: str,
        issuer: str | None = None,
        audience: str | None = None,
        leeway: float = 0,
    ) -> None:
        self._keys = keys
        self._admin_scope = admin_scope
        self._issuer = issuer
        self._audience = audience
        self._leeway = leeway
        self._known: OrderedDict[str, Caller] = OrderedDict()
        self._version = keys.version

    async def authenticate(self, token: str | None) -> Caller:
        """Return the caller; raises `Unauthorized`, or `Unavailable` if the keys cannot be read."""
        if token is None:
            raise _refused("there is none", "credentials are missing: send a bearer token")
        if len(token) > LONGEST:
            raise _refused("it is too long")
        # Read for each token, so that a key that is no longer valid is noticed.
        identity, algorithm = _header(token)
        keys = await self._keys.find(identity)
        if self._version != self._keys.version:
            self._version = self._keys.version
            self._known.clear()
        caller = self._known.get(token)
        if caller is None:
            fitting = [key for key in keys if algorithm in key.algorithms]
            caller = self._remember(token, self._verify(token, fitting))
        if caller.expires_at is not None and caller.expires_at <= time.time():
            raise _refused("it has expired", "the token has expired")
        return caller

    async def check(self) -> None:
        """Return if there are keys to verify with; raises `Unavailable`."""
        await self._keys.find(None)

    def _verify(self, token: str, keys: list[VerificationKey]) -> Caller:
        reason = "no key fits it"
        for key in keys:
            try:
                claims: dict[str, Any] = jwt.decode(
                    token,
                    key=key.value,
                    algorithms=key.algorithms,
                    issuer=self._issuer,
                    audience=self._audience,
                    leeway=self._leeway,
                    options={"require": _REQUIRED, "verify_aud": self._audience is not None},
                )
                return to_caller(claims, self._leeway, self._admin_scope)
            except jwt.ExpiredSignatureError:
                raise _refused("it has expired", "the token has expired") from None
            except (jwt.InvalidTokenError, msgspec.ValidationError, OverflowError) as error:
                reason = str(error)
        raise _refused(reason)

    def _remember(self, token: str, caller: Caller) -> Caller:
        self._known[token] = caller
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return caller


def _header(token: str) -> tuple[str | None, str]:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, UnicodeError, RecursionError) as error:
        raise _refused(str(error)) from None
    identity = header.get("kid")
    return identity if isinstance(identity, str) else None, str(header.get("alg"))


def _refused(reason: str, told: str = "the token is not valid here") -> Unauthorized:
    # Only the operator's log says what exactly is wrong with it.
    log.warning("token refused", extra={"reason": reason})
    return Unauthorized(told)
