"""The user and the password of a server's URL, which may change while the service runs."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from chassis.infrastructure.secrets.source import source_of
from chassis.infrastructure.urls import without_login

log = logging.getLogger(__name__)

# Seconds between two attempts of a login that was refused, and between two connections that are
# replaced to try a new one.
RETRY = 0.25
TRIAL = 5.0


class RenewableLogin:
    """Opens connections with the newest login; a refused one is read again from its source.

    The last login that worked remains the second choice. So a file may change before or after the
    server. `timeout` is how long, in seconds, logins are tried again while the server refuses all
    that are known; it starts at the first refusal.
    """

    def __init__(self, url: str, timeout: float = 0) -> None:
        self._source = source_of(url)
        self._place = without_login(url)
        self._timeout = timeout
        self._ignored = self._warned = ""
        self._refused_since: float | None = None
        self._tried = ""
        self._tried_at = float("-inf")
        # The URL of the last connection, and how often it has changed.
        self.url = str(url)
        self.version = 0

    @property
    def may_change(self) -> bool:
        """Whether the URL has a source that can be read again."""
        return self._source is not None

    def newest(self) -> str:
        """Return the URL with the newest login, of which a file may have a newer one."""
        if self._source is None:
            return self.url
        text = self._source.look()
        if text == self.url or without_login(text) == self._place:
            return text
        if text != self._ignored:
            self._ignored = text
            reason = "more than the user and the password has changed: restart the service"
            extra = {"setting": self._source.setting, "reason": reason}
            log.warning("URL not renewed", extra=extra)
        return self.url

    def is_outdated(self, version: int) -> bool:
        """Return whether a connection that was opened at `version` is to be replaced.

        A new login is first tried with one connection. If it works, all others follow.
        """
        if version != self.version:
            return True
        newest = self.newest()
        if newest == self.url:
            return False
        now = time.monotonic()
        if newest == self._tried and now - self._tried_at < TRIAL:
            return False
        self._tried, self._tried_at = newest, now
        return True

    async def connect[Connection](
        self,
        open_with: Callable[[str], Awaitable[Connection]],
        is_refusal: Callable[[Exception], bool],
    ) -> Connection:
        """Return the connection that `open_with` opens to a URL; raises its last error.

        `is_refusal` tells whether an error of it means that the server refuses the login.
        """
        while True:
            newest = self.newest()
            if newest != self.url:
                try:
                    connection = await open_with(newest)
                    self._accept(newest)
                    return connection
                except Exception as error:
                    if not is_refusal(error):
                        raise
            try:
                connection = await open_with(self.url)
            except Exception as error:
                if not is_refusal(error) or not await self._may_retry(newest):
                    raise
            else:
                self._refused_since = None
                self._warn_of(newest)
                return connection

    async def refused(self) -> None:
        """Read the login again, for a client that opens connections by itself."""
        if self._source is not None:
            await self._source.renew()

    def _accept(self, url: str) -> None:
        self._refused_since = None
        if url != self.url:
            self.url = url
            self.version += 1
            log.info("login renewed", extra={"setting": self._setting})

    def _warn_of(self, newest: str) -> None:
        if newest not in (self.url, self._warned):
            self._warned = newest
            log.warning("new login refused, the old one works", extra={"setting": self._setting})

    @property
    def _setting(self) -> str:
        return self._source.setting if self._source is not None else ""

    async def _may_retry(self, url: str) -> bool:
        if self._source is None:
            return False
        await self._source.renew()
        if self.newest() != url:
            return True
        now = time.monotonic()
        if self._refused_since is None:
            self._refused_since = now
        if now - self._refused_since >= self._timeout:
            return False
        await asyncio.sleep(RETRY)
        return True
