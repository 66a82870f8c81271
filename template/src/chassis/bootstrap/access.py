"""Access: how callers are authenticated, and how their tokens are verified."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from chassis.application.access.no_authenticator import NoAuthenticator
from chassis.application.ports.authenticator import Authenticator
from chassis.bootstrap.environment import SettingsError
from chassis.bootstrap.names import read_names
from chassis.bootstrap.weak_secrets import is_guessable
from chassis.infrastructure.secrets.source import source_of
from chassis.interfaces.serving.hosts import Hosts, is_loopback

# The sources of keys; exactly one of them is set.
SOURCES = ("AUTH_JWT_KEY", "AUTH_JWKS_FILE", "AUTH_JWKS_URL")
_URL_PROBLEM = "AUTH_JWKS_URL must be a URL such as https://issuer.example/.well-known/jwks.json"

type HostNames = Annotated[str, Meta(pattern=r"^( *[A-Za-z0-9_.-]+ *(, *[A-Za-z0-9_.-]+ *)*)?$")]
type Leeway = Annotated[float, Meta(ge=0, le=300)]


class AccessSettings(Struct, frozen=True, kw_only=True):
    """`none` authenticates no caller; `jwt` needs a token, signed by one of the keys."""

    auth: Literal["none", "jwt"] = "none"
    auth_jwt_key: str = ""
    auth_jwks_file: str = ""
    auth_jwks_url: str = ""
    auth_issuer: str = ""
    auth_audience: str = ""
    auth_leeway: Leeway = 10
    # The token that this project's own commands send to a service elsewhere.
    auth_token: str = ""
    # With `none` on loopback: hosts that a request may name in addition to loopback.
    allowed_hosts: HostNames = ""


def problems(settings: AccessSettings, *, in_production: bool) -> list[str]:
    """Return a sentence for each problem with the settings."""
    if settings.auth == "none":
        return ["ENVIRONMENT=production needs AUTH=jwt"] if in_production else []
    given = [name for name in SOURCES if getattr(settings, name.lower())]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        return [f"AUTH=jwt needs exactly one of {', '.join(SOURCES)}; there is {found}"]
    found_problem = _key_problem(settings) or _url_problem(settings)
    if not found_problem and in_production:
        found_problem = _weakness(settings)
    return [found_problem] if found_problem else []


def make_authenticator(settings: AccessSettings) -> Authenticator:
    """Return the authenticator of callers."""
    if settings.auth == "none":
        return NoAuthenticator()
    # Loaded only if tokens are needed.
    from chassis.infrastructure.jwt.authenticator import JwtAuthenticator
    from chassis.infrastructure.jwt.key import read_keys
    from chassis.infrastructure.jwt.keys import FileKeys, Keys, RenewedKeys, StaticKeys
    from chassis.infrastructure.jwt.url_keys import UrlKeys

    keys: Keys
    if (source := source_of(settings.auth_jwt_key)) is not None:
        keys = RenewedKeys(source)
    elif settings.auth_jwt_key:
        keys = StaticKeys(*read_keys(settings.auth_jwt_key))
    elif settings.auth_jwks_file:
        keys = FileKeys(Path(settings.auth_jwks_file))
    else:
        keys = UrlKeys(settings.auth_jwks_url)
    return JwtAuthenticator(
        keys,
        admin_scope=read_names().admin_scope,
        issuer=settings.auth_issuer or None,
        audience=settings.auth_audience or None,
        leeway=settings.auth_leeway,
    )


def _key_problem(settings: AccessSettings) -> str | None:
    if not settings.auth_jwt_key:
        return None
    from chassis.infrastructure.jwt.key import KeyRefused, read_keys

    try:
        read_keys(settings.auth_jwt_key)
    except KeyRefused as error:
        return f"AUTH_JWT_KEY cannot be used: {error}; run init to create one"
    return None


def _url_problem(settings: AccessSettings) -> str | None:
    url = settings.auth_jwks_url
    if not url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        # The error's own text repeats a part of the URL.
        return _URL_PROBLEM
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return _URL_PROBLEM
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return "AUTH_JWKS_URL must begin with https://: over http the keys could be replaced"
    return None


def _weakness(settings: AccessSettings) -> str | None:
    text = settings.auth_jwt_key
    if not text or _is_pem(text):
        return None
    if any(is_guessable(key) for key in text.split("\n") if key.strip()):
        return "AUTH_JWT_KEY is easy to guess: run init to create one"
    return None


def hosts_of(settings: AccessSettings, listening: str) -> Hosts | None:
    """Return the hosts that a request may name to a server that listens there; None for any.

    Other addresses need no check: there a token keeps web pages out, or any caller has access
    anyway.
    """
    if settings.auth != "none" or not is_loopback(listening):
        return None
    return Hosts(name.strip() for name in settings.allowed_hosts.split(","))


def sign(settings: AccessSettings, claims: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Return a token with these claims, and with the issuer and audience that the service expects.

    Raises `SettingsError` if no secret is set to sign it with.
    """
    import jwt

    from chassis.infrastructure.jwt.key import split_keys

    if not can_sign(settings):
        raise SettingsError(
            ["only a secret AUTH_JWT_KEY can sign tokens here: run init to create one"]
        )
    if problem := _key_problem(settings):
        raise SettingsError([problem])
    named = {"iss": settings.auth_issuer, "aud": settings.auth_audience}
    whole = {**claims, **{name: value for name, value in named.items() if value}}
    # The first key signs; all verify.
    key = split_keys(settings.auth_jwt_key)[0]
    return jwt.encode(whole, key, algorithm="HS256"), whole


def can_sign(settings: AccessSettings) -> bool:
    """Return whether tokens can be signed here: whether the key that verifies them is a secret."""
    return bool(settings.auth_jwt_key) and not _is_pem(settings.auth_jwt_key)


def _is_pem(key: str) -> bool:
    return "-----BEGIN" in key
