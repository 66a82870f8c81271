"""Large messages: a queue full of them waits when a consumer starts."""

import asyncio
import json
import time
from collections.abc import Mapping

import pika

from tools.drill import look
from tools.drill.events import event
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.probe import Probe
from tools.drill.hostile.target import Target

COUNT = 500
SIZE = 1_000_000
RECEIVER = "large"
EVERY = 0.1
WITHIN = 240.0
# MiB in all: what the service's own compose file gives it.
LIMIT = 512.0
PERSISTENT = pika.BasicProperties(delivery_mode=2, content_type="application/cloudevents+json")


async def preload(settings: Mapping[str, str]) -> None:
    """Put them into the queue, which exists and has no consumer."""
    url, queue = settings["BROKER_URL"], settings["BROKER_QUEUE"]
    await asyncio.to_thread(_publish, url, queue)
    if not await look.depth_soon(url, queue, COUNT):
        raise RuntimeError(f"the queue does not hold the {COUNT} messages that were put in")


async def large_messages(target: Target, findings: Findings) -> None:
    """See the most memory that the consumer takes; good callers are served meanwhile."""
    probe, began, most = Probe(), time.monotonic(), target.memory
    async with probe.asking(target):
        storing = asyncio.create_task(_stored(target.settings["DATABASE_URL"]))
        while not storing.done() and time.monotonic() - began < WITHIN:
            most = max(most, target.memory)
            await asyncio.sleep(EVERY)
        all_stored = storing.done()
        storing.cancel()
    findings.add(
        *("large messages", "rabbitmq", f"{COUNT} of {SIZE / 1e6:g} MB wait at the start"),
        f"{'all stored' if all_stored else 'not all'} after {time.monotonic() - began:.0f} s, "
        f"{most:.0f} MiB at most",
        f"all stored, under {LIMIT:g} MiB",
        all_stored and most < LIMIT,
    )
    findings.add(
        *("large messages", "all", "good callers meanwhile"),
        probe.told(),
        "all served",
        not probe.failed,
    )


async def _stored(url: str) -> None:
    query = "SELECT count(*) FROM notifications WHERE receiver = $1"
    while (await look.rows(url, query, RECEIVER))[0][0] < COUNT:
        await asyncio.sleep(EVERY)


def _publish(url: str, queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for _ in range(COUNT):
            data = {"receiver": RECEIVER, "action_data": {"text": "x" * SIZE}}
            body = json.dumps(event(subject=RECEIVER, data=data)).encode()
            channel.basic_publish("", queue, body, PERSISTENT, mandatory=True)
