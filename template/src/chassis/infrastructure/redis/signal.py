"""A signal that all replicas receive."""

import asyncio
import secrets
from contextlib import suppress
from typing import Any

from chassis.application.errors import Unavailable
from chassis.infrastructure.redis.circuit_breaker import PAUSE, CircuitBreaker
from chassis.infrastructure.redis.client import TIMEOUT, RedisClient

# After so many seconds without a signal, a ping checks that Redis still answers.
QUIET = 10.0


class RedisSignal:
    """Wakes the loop of this process that waits on it, and those of other ones on `channel`.

    In this process a signal needs no Redis. While Redis is down, a wait lasts until its timeout. It
    ends at once when Redis is back, since a signal may have been missed.
    """

    def __init__(self, url: str, channel: str) -> None:
        self._client = RedisClient(url)
        self._channel = channel
        self._notified = asyncio.Event()
        self._name = secrets.token_bytes(8)
        self._notifying = CircuitBreaker("notifying other replicas")
        self._hearing = CircuitBreaker("listening to other replicas")
        self._listening: asyncio.Task[None] | None = None

    async def notify(self) -> None:
        """Wake a waiting loop of any process."""
        self._notified.set()
        await self.notify_others()

    async def notify_others(self) -> None:
        """Wake a waiting loop in every other process."""
        if not self._notifying.may_try():
            return
        try:
            async with self._client.calls() as redis:
                await redis.publish(self._channel, self._name)
        except Unavailable as error:
            self._notifying.record_failure(str(error))
        else:
            self._notifying.record_success()

    async def wait(self, timeout: float) -> None:
        """Return once it was notified since the last wait, or after `timeout` seconds."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        try:
            async with asyncio.timeout(timeout):
                await self._notified.wait()
        except TimeoutError:
            pass
        self._notified.clear()

    async def close(self) -> None:
        """Close the connections."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        await self._client.close()

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except Unavailable as error:
                self._hearing.record_failure(str(error))
            await asyncio.sleep(PAUSE)

    async def _hear(self) -> None:
        """Listen until that fails."""
        async with self._client.calls(seconds=None) as redis, redis.pubsub() as channel:
            async with asyncio.timeout(TIMEOUT):
                await channel.subscribe(self._channel)
            while True:
                message = await channel.get_message(timeout=QUIET)
                if message is None:
                    # A connection that was lost silently is as quiet as an idle one.
                    async with asyncio.timeout(TIMEOUT):
                        await channel.ping()
                        message = await channel.get_message(timeout=None)
                self._hearing.record_success()
                if self._is_signal(message):
                    self._notified.set()

    def _is_signal(self, message: dict[str, Any] | None) -> bool:
        """Return whether another replica may have signalled, also before this one subscribed."""
        match message:
            case {"type": "subscribe"}:
                return True
            case {"type": "message", "data": sender}:
                return bool(sender != self._name)
            case _:
                return False
