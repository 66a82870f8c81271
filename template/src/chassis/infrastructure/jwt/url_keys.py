"""Keys from a URL, where the issuer of the tokens publishes them."""

import asyncio
import logging
import time
from collections.abc import Sequence

import httpx

from chassis.application.errors import Unavailable
from chassis.infrastructure.jwt.key import KeyRefused, VerificationKey
from chassis.infrastructure.jwt.keys import KEYS_AWAY, chosen, read_jwks
from chassis.infrastructure.urls import cleared, place_of

log = logging.getLogger(__name__)

# It logs each request with its whole URL, including password and query.
logging.getLogger("httpx").setLevel(logging.WARNING)

# Seconds until keys are fetched again; if that fails, the old ones stay valid.
FRESH = 300.0
# Seconds until keys that cannot be fetched again become invalid.
STALE = 86_400.0
# Seconds between two attempts, whatever names of keys tokens have.
PAUSE = 10.0
TIMEOUT = 5.0
MOST_BYTES = 256 * 1024

# The last two errors: a proxy from the environment cannot be used.
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, ImportError)


class UrlKeys:
    """Fetches at the first token, then when the keys are old, and when a token names a new one.

    `jwt.PyJWKClient` drops old keys while the URL is down, and then fetches again for each token.
    """

    def __init__(self, url: str) -> None:
        self.version = 0
        self._url = url
        self._keys: Sequence[VerificationKey] = ()
        self._fetched = self._tried = float("-inf")
        self._reason = ""
        self._lock = asyncio.Lock()

    async def find(self, identity: str | None) -> Sequence[VerificationKey]:
        """Return the keys of that `kid`, or all; raises `Unavailable` before the first success."""
        found = chosen(self._believed(), identity)
        if not found or time.monotonic() - self._fetched > FRESH:
            await self._renew(wait=not found)
            found = chosen(self._believed(), identity)
        if not self._believed():
            raise Unavailable(
                f"the keys of AUTH_JWKS_URL cannot be fetched: {self._reason}", KEYS_AWAY
            )
        return found

    def _believed(self) -> Sequence[VerificationKey]:
        return self._keys if time.monotonic() - self._fetched < STALE else ()

    async def _renew(self, *, wait: bool) -> None:
        # A caller that the existing keys can answer does not wait for another caller's fetch.
        if self._lock.locked() and not wait:
            return
        async with self._lock:
            if time.monotonic() - self._tried < PAUSE:
                return
            try:
                self._keys = read_jwks(await self._fetch())
                self._fetched = time.monotonic()
                self.version += 1
            except _FAILURES as error:
                self._reason = _reason(error, self._url)
                log.warning("keys not fetched", extra={"reason": self._reason})
            finally:
                self._tried = time.monotonic()

    async def _fetch(self) -> bytes:
        text = b""
        # Redirects are not followed: they could lead to a host that the operator has not chosen.
        async with (
            asyncio.timeout(TIMEOUT),
            httpx.AsyncClient(timeout=TIMEOUT) as client,
            client.stream("GET", self._url) as answer,
        ):
            if answer.is_redirect:
                raise KeyRefused("it redirects: set the final URL instead")
            if not answer.is_success:
                raise KeyRefused(f"it answers with status {answer.status_code}")
            async for part in answer.aiter_bytes():
                text += part
                if len(text) > MOST_BYTES:
                    raise KeyRefused(f"it has more than {MOST_BYTES} bytes")
        return text


def _reason(error: Exception, url: str) -> str:
    """Return why they were not fetched, with the server's host and port and no more of the URL."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return f"{place_of(url)} does not answer in time"
    return f"{place_of(url)}: {cleared(str(error), url) or type(error).__name__}"
