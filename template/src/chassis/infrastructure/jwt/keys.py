"""The sources of keys: a setting, or a file that may be replaced while the service runs."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from chassis.application.errors import Unavailable
from chassis.infrastructure.jwt.key import KeyRefused, VerificationKey, read_jwk

log = logging.getLogger(__name__)

# The message to callers if there are no keys to verify with.
KEYS_AWAY = "the keys that verify tokens are not available: try again"
# Seconds between two reads of a file.
POLL_INTERVAL = 1.0
# The most keys: a token without a `kid` may need a try with each.
MOST_KEYS = 32


class Keys(Protocol):
    """The valid keys; `version` changes with them."""

    version: int

    async def find(self, identity: str | None) -> Sequence[VerificationKey]:
        """Return the keys of that `kid`, or all if a token names none.

        Raises `Unavailable` if they cannot be read.
        """
        ...


class StaticKeys:
    """One key, for as long as the process runs."""

    def __init__(self, key: VerificationKey) -> None:
        self.version = 0
        self._keys = (key,)

    async def find(self, identity: str | None) -> Sequence[VerificationKey]:
        """Return the key: a setting gives it no name, so a token may use any `kid`."""
        return self._keys


class FileKeys:
    """The keys in a JWKS file; if a new one cannot be read, the old ones stay valid."""

    def __init__(self, path: Path) -> None:
        self.version = 0
        self._path = path
        self._keys: Sequence[VerificationKey] = ()
        self._looked = 0.0
        self._stamp: tuple[int, int] | None = None

    async def find(self, identity: str | None) -> Sequence[VerificationKey]:
        """Return the keys of that `kid`, or all."""
        now = time.monotonic()
        if not self._keys or now - self._looked > POLL_INTERVAL:
            self._looked = now
            self._look()
        return chosen(self._keys, identity)

    def _look(self) -> None:
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp == self._stamp:
                return
            self._keys = read_jwks(self._path.read_bytes())
            self._stamp = stamp
            self.version += 1
        except (OSError, KeyRefused) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            if not self._keys:
                raise Unavailable(f"AUTH_JWKS_FILE cannot be used: {reason}", KEYS_AWAY) from None
            log.warning("keys not renewed", extra={"reason": reason})


class _Jwks(Struct):
    keys: list[dict[str, Any]]


def read_jwks(text: bytes) -> list[VerificationKey]:
    """Return the keys of a JWKS that can verify tokens.

    Other keys in it are skipped, as RFC 7517 (section 5) requires. Raises `KeyRefused` if none is
    left.
    """
    try:
        documents = msgspec.json.decode(text, type=_Jwks).keys
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise KeyRefused('it is no JSON such as {"keys": [...]}') from None
    keys: list[VerificationKey] = []
    for document in documents[:MOST_KEYS]:
        try:
            keys.append(read_jwk(document))
        except KeyRefused as error:
            log.info("key skipped", extra={"reason": str(error)})
    if not keys:
        raise KeyRefused("it has no key that tokens can be verified with")
    return keys


def chosen(keys: Sequence[VerificationKey], identity: str | None) -> Sequence[VerificationKey]:
    """Return the keys that a token may have been signed with."""
    if identity is None:
        return keys
    return [key for key in keys if key.id is None or key.id == identity]
