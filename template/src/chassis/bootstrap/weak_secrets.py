"""Secrets that are easy to guess, placeholders, and files that every user can read."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from chassis.bootstrap.secrets import is_secret
from chassis.infrastructure.urls import login_in, place_of
from chassis.interfaces.serving.hosts import is_loopback

# Fewer different characters than any encoding of 32 random bytes has.
FEWEST_CHARACTERS = 10
SHORTEST_PASSWORD = 12
# Texts in keys that were copied from an example, or never replaced.
_KNOWN = ("changeme", "change-me", "secret", "password", "example", "your-256-bit", "<")
# Passwords that servers are installed with, and that attackers try first.
_DEFAULTS = {"guest", "admin", "root", "postgres", "rabbitmq", "redis", "test", "user", "app"}
_PLACEHOLDER = re.compile(r"<[a-z][a-z :_-]*>")
# A container engine mounts a secret here for the one user of the container.
_MOUNTED = Path("/run/secrets")

type Settings = Iterable[tuple[str, object]]


def is_guessable(key: str) -> bool:
    """Return whether a key is known from examples, or has few different characters."""
    return any(known in key.lower() for known in _KNOWN) or len(set(key)) < FEWEST_CHARACTERS


def placeholders(settings: Settings) -> list[str]:
    """Return a sentence for each secret that still has the placeholder of its example."""
    return [
        f"{name} has the placeholder of an example: replace it"
        for name, value in settings
        if is_secret(name) and _PLACEHOLDER.search(str(value))
    ]


def weaknesses(settings: Settings) -> list[str]:
    """Return a sentence for each weak secret, without its value."""
    found = []
    for name, value in settings:
        text = str(value)
        if is_secret(name) and text and (weakness := _weakness(name, text)):
            found.append(f"{name} {weakness}")
    return found


def exposed(files: Iterable[tuple[str, Path]]) -> list[str]:
    """Return a sentence for each secret file that every user of this machine can read."""
    return [
        f"every user can read the file of {name}: chmod o-rwx {path}"
        for name, path in files
        if os.name == "posix" and _is_exposed(path)
    ]


def _weakness(name: str, text: str) -> str | None:
    if _PLACEHOLDER.search(text):
        return "has the placeholder of an example"
    if name.endswith("_URL"):
        return _of_url(text)
    if name.endswith("_PASSWORD"):
        return _of_password("", text)
    # Other ones are paths, tokens of issuers, and values that a platform gives.
    if not name.endswith(("_KEY", "_SECRET")) or name == "TLS_PRIVATE_KEY":
        return None
    keys = [text] if "-----BEGIN" in text else text.split("\n")
    return "is easy to guess" if any(is_guessable(key) for key in keys if key.strip()) else None


def _of_url(url: str) -> str | None:
    scheme = url.partition("://")[0]
    user, password = login_in(url)
    if scheme in ("amqp", "amqps") and not user:
        user = password = "guest"
    if scheme in ("redis", "rediss") and not password:
        host = re.sub(r":\d+$", "", place_of(url)).strip("[]")
        return None if is_loopback(host) else "has no password"
    return _of_password(user, password) if password else None


def _of_password(user: str, password: str) -> str | None:
    plain = unquote(password)
    if plain.lower() in _DEFAULTS or any(known in plain.lower() for known in _KNOWN):
        return "has a default password"
    if user and plain.lower() == unquote(user).lower():
        return "has a password that equals the user"
    if len(plain) < SHORTEST_PASSWORD:
        return f"has a password of fewer than {SHORTEST_PASSWORD} characters"
    return None


def _is_exposed(path: Path) -> bool:
    """Return whether other users may read a file, and enter each folder on the way to it."""
    try:
        whole = path.resolve(strict=True)
        if _MOUNTED in (path.parent, whole.parent):
            return False
        is_open = all(folder.stat().st_mode & 0o001 for folder in whole.parents)
        return is_open and bool(whole.stat().st_mode & 0o004)
    except OSError:
        return False
