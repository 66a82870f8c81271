"""Token: make a bearer token, for development and tests."""

import re
import sys
import time
from typing import Annotated

from cyclopts import Parameter

from chassis.application.access.caller import EVERYBODY
from chassis.bootstrap import discovery
from chassis.bootstrap.access import AccessSettings, sign
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.names import read_names
from chassis.bootstrap.system import System
from chassis.cli.failure import UsageError
from chassis.cli.output import print_json

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"([1-9][0-9]{0,4})([smhd])")

type Several = Annotated[list[str] | None, Parameter(negative=())]


def command(
    subject: str = "developer",
    /,
    *,
    scope: Several = None,
    receiver: Several = None,
    expires: str = "1h",
    json: bool = False,
) -> None:
    """Print a token that AUTH_JWT_KEY has signed, for `Authorization: Bearer TOKEN`.

    With AUTH_JWKS_FILE or AUTH_JWKS_URL, the holder of the private keys issues the tokens.

    Parameters
    ----------
    subject
        The name of the bearer.
    scope
        A scope of the bearer: one that a message of this service needs, or the administrator's,
        which includes them all; may be given several times. By default all but that one.
    receiver
        A receiver that it may read, or a pattern with *; may be given several times. By
        default all.
    expires
        How long the token is valid: a number and s, m, h or d.
    json
        Print the token and its claims as JSON.
    """
    seconds = _seconds(expires)
    configuration = Configuration.read()
    scopes = System(configuration, discovery.role_names()).scopes
    known = (*scopes, read_names().admin_scope)
    for name in scope or ():
        if name not in known:
            raise UsageError(f"there is no scope {name}: choose from {', '.join(known)}")
    now = int(time.time())
    claims: dict[str, object] = {
        "sub": subject,
        "scope": " ".join(scope or scopes),
        "receivers": receiver or [EVERYBODY],
        "iat": now,
        "exp": now + seconds,
    }
    token, claims = sign(configuration.of(AccessSettings), claims)
    if json:
        print_json({"token": token, "claims": claims})
    else:
        sys.stdout.write(f"{token}\n")


def _seconds(text: str) -> int:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError("--expires takes a number and a unit of s, m, h or d, such as 8h")
    return int(match[1]) * _UNITS[match[2]]
