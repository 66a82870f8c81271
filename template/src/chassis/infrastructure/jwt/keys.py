"""The sources of keys: a setting, or a file that may be replaced while the service runs."""

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from chassis.application.errors import Unavailable
from chassis.infrastructure.jwt.key import (
    MOST_KEYS,
    KeyRefused,
    VerificationKey,
    read_jwk,
    read_keys,
)
from chassis.infrastructure.secrets.source import SecretSource

log = logging.getLogger(__name__)

# The message to callers if there are no keys to verify with.
KEYS_AWAY = "the keys that verify tokens are not available: try again"
# Seconds between two reads of a file.
POLL_INTERVAL = 1.0
# Seconds between two runs of a command.
COMMAND_INTERVAL = 60.0


class Keys(Protocol):
    """The valid keys; `version` changes with them."""

    version: int

    async def find(self, identity: str | None) -> Sequence[VerificationKey]:
        """Return the keys of that `kid`, or all if a token names none.

        Raises `Unavailable` if they cannot be read.
        """
        ...


class StaticKeys:
    """The keys of a setting, for as long as the process runs."""

    def __init__(self, *keys: VerificationKey) -> None:
        self.version = 0
        self._keys = keys

    async def find(self, identity: str | None) -> Sequence[VerificationKey]:
        """Return the keys: a setting gives them no names, so a token may use any `kid`."""
        return self._keys


class RenewedKeys:
    """The keys of a setting that comes from a file or a command, which may change.

    A file is looked at each second. A command runs again every minute, in the background. If the
    new keys cannot be used, the old ones stay valid.
    """

    def __init__(self, source: SecretSource) -> None:
        self.version = 0
        self._source = source
        self._text = source.text
        self._keys = read_keys(source.text)
        self._began = time.monotonic()
        self._renewing: asyncio.Task[str] | None = None

    async def find(self, identity: str | None) -> Sequence[VerificationKey]:
        """Return the keys, whatever `kid` a token has."""
        if self._source.look() != self._text:
            self._take(self._source.text)
        if not self._source.is_file and time.monotonic() - self._began > COMMAND_INTERVAL:
            self._began = time.monotonic()
            self._renewing = asyncio.create_task(self._source.renew())
        return self._keys

    def _take(self, text: str) -> None:
        self._text = text
        try:
            self._keys = read_keys(text)
        except KeyRefused as error:
            log.warning("keys not renewed", extra={"reason": str(error)})
        else:
            self.version += 1
            log.info("keys renewed", extra={"count": len(self._keys)})


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
