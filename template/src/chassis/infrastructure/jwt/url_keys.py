"""Keys from a URL, where the issuer of the tokens publishes them."""

import asyncio
import logging
import time
from collections.abc import Sequence

import httpx

from chassis.application.errors import Unavailable
from chassis.infrastructure.jwt.key import Key, KeyRefused
from chassis.infrastructure.jwt.keys import KEYS_AWAY, chosen, read_jwks
from chassis.infrastructure.urls import cleared, place_of

log = logging.getLogger(__name__)

# It logs each request with its whole URL, password and query too.
logging.getLogger("httpx").setLevel(logging.WARNING)

# Seconds that keys are believed; after that they are fetched anew, and kept where that fails.
FRESH = 300.0
# Seconds after which keys that cannot be fetched anew are believed no more.
STALE = 86_400.0
# Seconds between two tries, whatever names of keys tokens come up with.
PAUSE = 10.0
TIMEOUT = 5.0
MOST_BYTES = 256 * 1024

# The last two: a proxy that the environment names cannot be used.
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, ImportError)


class UrlKeys:
    """Fetches at the first token, then when the keys are old, and when a token names a new one.

    `jwt.PyJWKClient` drops old keys while the URL is away, and fetches anew for each token then.
    """

    def __init__(self, url: str) -> None:
        self.version = 0
        self._url = url
        self._keys: Sequence[Key] = ()
        self._fetched = self._tried = float("-inf")
        self._reason = ""
        self._lock = asyncio.Lock()

    async def find(self, identity: str | None) -> Sequence[Key]:
        """Return the keys of that `kid`, or all; raises `Unavailable` where there are none yet."""
        found = chosen(self._believed(), identity)
        if not found or time.monotonic() - self._fetched > FRESH:
            await self._renew(wait=not found)
            found = chosen(self._believed(), identity)
        if not self._believed():
            raise Unavailable(f"the keys of AUTH_JWKS_URL cannot be had: {self._reason}", KEYS_AWAY)
        return found

    def _believed(self) -> Sequence[Key]:
        return self._keys if time.monotonic() - self._fetched < STALE else ()

    async def _renew(self, *, wait: bool) -> None:
        # Whoever can be answered with what is there does not wait for another's fetching.
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
        # Redirects are not followed: they could lead to a place that nobody has chosen.
        async with (
            asyncio.timeout(TIMEOUT),
            httpx.AsyncClient(timeout=TIMEOUT) as client,
            client.stream("GET", self._url) as answer,
        ):
            if answer.is_redirect:
                raise KeyRefused("it leads elsewhere: name that place itself")
            if not answer.is_success:
                raise KeyRefused(f"it answers with the status {answer.status_code}")
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
