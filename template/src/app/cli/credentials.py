"""The token that `send` and `tail` show a service."""

import time
from collections.abc import Callable

from app.application.access.scopes import READ, WRITE
from app.bootstrap.access import Settings, can_sign, sign
from app.bootstrap.configuration import Configuration

# Seconds; a new one is signed for each connection.
GOOD_FOR = 300

type Token = Callable[[], str | None]


def credentials(via: str | None) -> Token:
    """Return what gives the token: `AUTH_TOKEN`, or for this project's own service a fresh one."""
    settings = Configuration.read().of(Settings)
    if settings.auth_token:
        return lambda: settings.auth_token
    if via is None and settings.auth == "jwt" and can_sign(settings):
        return lambda: _signed(settings)
    return lambda: None


def _signed(settings: Settings) -> str:
    claims = {
        "sub": "cli",
        "scope": f"{WRITE} {READ}",
        "receivers": ["*"],
        "exp": int(time.time()) + GOOD_FOR,
    }
    return sign(settings, claims)[0]
