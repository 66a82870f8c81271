"""Locks in Redis: a key for each, with a random value and an expiry.

The pattern of https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/ for one
server, and a fencing token, which that pattern lacks. A server that fails over to a replica may
forget a lock that it has granted.
"""

import asyncio
import secrets
from contextlib import suppress

from redis.commands.core import AsyncScript

from chassis.application.errors import Unavailable
from chassis.application.ports.locks import Grant
from chassis.infrastructure.redis.client import RedisClient

# Seconds. The key expires later than the lease ends by the clock of the holder, so that two never
# hold a lock at once.
EXPIRY = 6.0
LEASE = 5.0

# A token for each grant, in the order of the grants.
_ACQUIRE = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
local token = math.max(last, tonumber(ARGV[3])) + 1
redis.call('SET', KEYS[2], string.format('%.0f', token))
return token
"""
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class RedisLocks:
    """The `Locks` of one process, whose keys begin with `prefix`.

    A call that fails may have taken the lock all the same: it expires.
    """

    lease = LEASE

    def __init__(self, url: str, prefix: str) -> None:
        self._client = RedisClient(url)
        self._prefix = prefix
        self._acquire = self._client.script(_ACQUIRE)
        self._renew = self._client.script(_RENEW)
        self._release = self._client.script(_RELEASE)
        # The random value of each key, by its grant.
        self._held: dict[Grant, str] = {}

    async def acquire(self, name: str, above: int = 0) -> Grant | None:
        """Set the key if there is none."""
        value = secrets.token_hex(16)
        keys = [self._key(name), f"{self._prefix}token"]
        async with self._client.calls():
            token = await self._acquire(keys=keys, args=[value, round(EXPIRY * 1000), above])
        if not token:
            return None
        grant = Grant(name, int(token))
        self._held[grant] = value
        return grant

    async def renew(self, grant: Grant) -> bool:
        """Let the key expire later, if it still has the value."""
        value = self._held.get(grant)
        if value is None:
            return False
        if await self._call(self._renew, grant, value, round(EXPIRY * 1000)):
            return True
        self._held.pop(grant, None)
        return False

    def holds(self, grant: Grant) -> bool:
        """Return whether it was held at the last answer."""
        return grant in self._held

    async def release(self, grant: Grant) -> None:
        """Delete the key, if it still has the value; otherwise it expires."""
        value = self._held.pop(grant, None)
        if value is not None:
            with suppress(Unavailable):
                await self._call(self._release, grant, value)

    async def close(self) -> None:
        """Delete all keys of this process, and disconnect."""
        await asyncio.gather(*(self.release(grant) for grant in list(self._held)))
        await self._client.close()

    def _key(self, name: str) -> str:
        return f"{self._prefix}held:{name}"

    async def _call(self, script: AsyncScript, grant: Grant, *values: str | int) -> int:
        async with self._client.calls():
            return int(await script(keys=[self._key(grant.name)], args=list(values)))
