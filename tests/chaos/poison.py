"""Poison: now and then a program publishes a message that can never be handled."""

import asyncio
import random
from collections.abc import Mapping
from datetime import timedelta

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException

from tests.chaos.history import History
from tools.drill.events import poisons

KEY = "notification.poisoned.nobody"
# Longer than any message of a run waits.
RETENTION = timedelta(days=30)

# Seconds: between two of them, on average; for the broker to answer; before the next try.
BETWEEN = 4.0
PATIENCE = 10
AGAIN = 0.5

# The prefix of a dead letter's reason. The rest is refused once it is decoded.
UNDECODABLE = {
    "nothing",
    "no JSON",
    "no UTF-8",
    "a JSON bomb",
    "an array",
    "no specversion",
    "an older specversion",
    "an id that is no UUID",
}
UNKNOWN = {"an unknown type", "another's type"}


def reason(kind: str) -> str:
    """Return the prefixes of the reasons for which poison of that kind is dead-lettered."""
    if kind in UNDECODABLE:
        return "undecodable: "
    if kind == "an id an hour ahead":
        return "failed: id: "
    return "unknown type: " if kind in UNKNOWN else "refused: "


class Poisoner:
    """Publishes poison to the exchange, past the proxies, until the broker has confirmed it.

    Each has a message id of its own, which it keeps among the dead letters.
    """

    def __init__(self, settings: Mapping[str, str], history: History, seed: int) -> None:
        limits = f"?socket_timeout={PATIENCE}&blocked_connection_timeout={PATIENCE}&heartbeat=5"
        self._parameters = pika.URLParameters(settings["BROKER_URL"] + limits)
        self._exchange = settings["BROKER_EXCHANGE"]
        self._history = history
        self._chance = random.Random(f"{seed}/poison")
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Publish until `stop`; each that was begun is confirmed."""
        number = 0
        while not self._stopping.is_set():
            kind, body = self._chance.choice(list(poisons(RETENTION).items()))
            number += 1
            identity = f"poison-{number}"
            while not await asyncio.to_thread(self._publish, body, identity):
                await asyncio.sleep(AGAIN)
            self._history.note("poisoned", id=identity, kind=kind)
            try:
                async with asyncio.timeout(self._chance.expovariate(1 / BETWEEN)):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Begin no more."""
        self._stopping.set()

    def _publish(self, body: bytes, identity: str) -> bool:
        """Return whether the broker has confirmed it; if not, it may have it nevertheless."""
        properties = pika.BasicProperties(message_id=identity)
        try:
            with pika.BlockingConnection(self._parameters) as connection:
                channel = connection.channel()
                channel.confirm_delivery()
                channel.basic_publish(self._exchange, KEY, body, properties, mandatory=True)
        except (pika.exceptions.AMQPError, AMQPConnectorException, OSError):
            return False
        return True
