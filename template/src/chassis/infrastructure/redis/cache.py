"""A cache that replicas share."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from redis.exceptions import ResponseError

from chassis.application.errors import Unavailable
from chassis.infrastructure.redis.circuit_breaker import CircuitBreaker
from chassis.infrastructure.redis.client import RedisClient
from chassis.infrastructure.redis.stale_keys import StaleKeys

# Commands and bytes of values in one pipeline: the client builds one text of all commands.
BATCH = 500
BATCH_BYTES = 2**20

# The number of a value's version and a space come before it. Redis runs a script as one step, so no
# other writer comes between the check and the change.
PUT = """
local held = string.match(redis.call('GETRANGE', KEYS[1], 0, 20), '^(%d+) ')
if held and tonumber(held) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return 1
"""

type Command = tuple[str | bytes | int, ...]


class RedisCache:
    """Forgets entries after `ttl` seconds; each key is `prefix` and the caller's.

    While Redis fails it is an empty cache that answers at once, except for one attempt a second. A
    key that could not be set may still have its old value when Redis is back. The next call of this
    process deletes it first. Until then other replicas may read it, and if this process ends
    before, until it expires.
    """

    def __init__(self, url: str, ttl: float, prefix: str) -> None:
        self._client = RedisClient(url)
        self._ttl = max(1, round(ttl * 1000))
        self._prefix = prefix
        self._stale_keys = StaleKeys()
        # A full server, or a replica, answers reads but not writes.
        self._reading = CircuitBreaker("reading the cache")
        self._writing = CircuitBreaker("writing the cache")

    async def get(self, key: str) -> bytes | None:
        """Return the value, unless there is none or it has expired."""
        answers = await self._attempt(self._reading, [("GET", self._prefix + key)])
        held: bytes | None = answers[-1] if answers else None
        return None if held is None else held.partition(b" ")[2]

    async def fill(self, entries: Mapping[str, bytes], version: int = 0) -> None:
        """Set the keys that are empty."""
        prefix, ttl, before = self._prefix, self._ttl, b"%d " % version
        for batch in _batches(entries):
            commands = [
                ("SET", prefix + key, before + value, "PX", ttl, "NX") for key, value in batch
            ]
            if not await self._attempt(self._writing, commands):
                return

    async def put(self, key: str, value: bytes, version: int = 0) -> None:
        """Set the key, unless it holds a later version."""
        done: list[Any] = []
        try:
            command = ("EVAL", PUT, 1, self._prefix + key, version, value, self._ttl)
            done = await self._attempt(self._writing, [command])
        finally:
            # Also after a cancellation: Redis may or may not have received it.
            if not done:
                self._stale_keys.add(self._prefix + key)

    async def check(self) -> None:
        """Return if it can be written; raises `Unavailable` if not."""
        async with self._client.calls() as redis:
            await redis.set(f"{self._prefix}check", b"", px=1)

    async def advice(self) -> str | None:
        """Return what to change in the server's settings, if anything.

        Unreadable settings, as on many hosted servers, give no advice. Raises `Unavailable`.
        """
        async with self._client.calls() as redis:
            try:
                found = await redis.config_get("maxmemory", "maxmemory-policy")
            except ResponseError:
                return None
        if found.get("maxmemory") == "0" or found.get("maxmemory-policy") != "noeviction":
            return None
        return (
            "Redis has a maxmemory, and refuses writes once it is full: set its maxmemory-policy "
            "to volatile-lru, or to allkeys-lru if it holds only caches"
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _attempt(self, breaker: CircuitBreaker, commands: Sequence[Command]) -> list[Any]:
        """Return the answers, or nothing while Redis fails; deletes stale keys before."""
        if not breaker.may_try():
            return []
        stale = self._stale_keys.entries()
        try:
            async with self._client.calls() as redis, redis.pipeline(transaction=False) as pipeline:
                if stale:
                    pipeline.delete(*(key for key, _ in stale))
                for command in commands:
                    pipeline.execute_command(*command)
                answers = await pipeline.execute()
        except Unavailable as error:
            breaker.record_failure(str(error))
            return []
        breaker.record_success()
        self._stale_keys.discard(stale)
        return answers


def _batches(entries: Mapping[str, bytes]) -> Iterator[list[tuple[str, bytes]]]:
    batch: list[tuple[str, bytes]] = []
    size = 0
    for entry in entries.items():
        if batch and (len(batch) == BATCH or size + len(entry[1]) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += len(entry[1])
    if batch:
        yield batch
