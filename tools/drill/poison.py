"""Poison: a client that shares no code with the service reads, and writes what none should."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pika
from cloudevents.core.bindings.rabbitmq import RabbitMQMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from pika.adapters.blocking_connection import BlockingChannel

from tools.drill import look
from tools.drill.events import event, poisons
from tools.drill.stage import Stage, command
from tools.drill.verdict import Verdict

KEY = "notification.drilled.ada"
AN_HOUR = "3600"


async def poison(stage: Stage, count: int = 0) -> bool:
    """Read what a producer publishes; give a consumer poison, duplicates and a mended message."""
    return await _read(stage) and await _give(stage)


async def _read(stage: Stage) -> bool:
    verdict = Verdict(f"{stage.name}: what an independent client reads of a producer")
    announcer = stage.service("announcer", ["producer"])
    settings = await stage.settings(announcer)
    producer = await stage.serve(announcer, settings)
    body = {"receiver": "a.b ж", "action_type": "drilled", "action_data": {"n": 1}}
    headers = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    # The first event makes the exchange.
    async with httpx.AsyncClient(base_url=producer.url) as http:
        await http.post("/notifications", json=body)
        await look.drained(settings, settings["BROKER_QUEUE"])
        with pika.BlockingConnection(pika.URLParameters(settings["BROKER_URL"])) as connection:
            channel = connection.channel()
            queue = channel.queue_declare("", exclusive=True).method.queue
            channel.queue_bind(queue, stage.name, "notification.#")
            answer = await http.post("/notifications", json=body, headers=headers)
            method, properties, content = await _get(channel, queue)
    identity = answer.json()["id"]
    message = RabbitMQMessage({}, properties.content_type, content)
    found = from_structured(message, JSONFormat())
    verdict.equal("routing key", method.routing_key, "notification.drilled.a%2Eb%20%D0%B6")
    verdict.equal("content type", properties.content_type, "application/cloudevents+json")
    verdict.equal("persistent", properties.delivery_mode, 2)
    verdict.equal("message_id is the event's id", properties.message_id, identity)
    verdict.equal("the cloudevents package: id", found.get_id(), identity)
    verdict.equal("  type", found.get_type(), "notification.registered.v1")
    verdict.equal("  source", found.get_source(), "/announcer")
    verdict.equal("  subject", found.get_subject(), "a.b ж")
    verdict.equal("  trace", str(found.get_extension("traceparent"))[3:35], "a" * 32)
    return verdict.show()


async def _give(stage: Stage) -> bool:
    bad = poisons()
    verdict = Verdict(f"{stage.name}: {len(bad)} kinds of poison")
    reader = stage.service("reader", ["consumer"])
    settings = await stage.settings(reader, RETENTION=AN_HOUR, RETRY_DELAYS="1,2")
    url, queue = settings["DATABASE_URL"], settings["BROKER_QUEUE"]
    process = await stage.serve(reader, settings)
    await look.consumed_soon(settings["BROKER_URL"], queue)
    exchange = Exchange(settings["BROKER_URL"], stage.name)
    handled = 0
    for body in bad.values():
        await exchange.publish(body, json.dumps(event()).encode())
        if not await look.stored(url, handled + 1):
            break
        handled += 1
    verdict.equal("the next good message is handled", handled, len(bad))
    dead = f"{queue}.dead"
    await look.depth_soon(settings["BROKER_URL"], dead, len(bad))
    reasons = await asyncio.to_thread(_dead_letters, settings["BROKER_URL"], dead)
    for name, body in bad.items():
        verdict.holds(f"dead-lettered: {name}", body in reasons, _short(reasons.get(body, "")))
    twice = json.dumps(event()).encode()
    await exchange.publish(twice, twice, json.dumps(event()).encode())
    await look.stored(url, handled + 2)
    found = (await look.ids(url, "journal")).total()
    verdict.equal("a duplicate is stored once", found, handled + 2)
    old = sum("retention" in reason for reason in reasons.values())
    process.stop()
    await _mended(stage, settings, verdict, handled + 2 + old)
    return verdict.show()


async def _mended(stage: Stage, settings: Mapping[str, str], verdict: Verdict, count: int) -> None:
    """Mend what the retention refused, by a longer one, and replay it."""
    reader = stage.service("reader", ["consumer"])
    longer = {**settings, "RETENTION": str(timedelta(days=1).total_seconds())}
    await stage.serve(reader, longer)
    listed = json.loads(await command(reader, longer, "dead-letters", "list", "--json"))
    before = listed["total"]
    said = await command(reader, longer, "dead-letters", "replay", "--all")
    verdict.holds("dead-letters replay --all", True, said.strip().splitlines()[-1])
    verdict.holds("the mended one is stored", await look.stored(settings["DATABASE_URL"], count))
    queue = f"{settings['BROKER_QUEUE']}.dead"
    verdict.holds(
        "the rest is dead-lettered again",
        await look.depth_soon(settings["BROKER_URL"], queue, before - 1),
        before - 1,
    )


class Exchange:
    """Publishes as any AMQP client would, on a connection for each call."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name

    async def publish(self, *bodies: bytes) -> None:
        """Publish and wait for the confirms."""
        await asyncio.to_thread(self._publish, bodies)

    def _publish(self, bodies: Sequence[bytes]) -> None:
        with pika.BlockingConnection(pika.URLParameters(self._url)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for body in bodies:
                channel.basic_publish(self._name, KEY, body, mandatory=True)


def _dead_letters(url: str, queue: str) -> dict[bytes, str]:
    """Return the body of each dead letter with its reason, and leave them there."""
    found: dict[bytes, str] = {}
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        while True:
            method, properties, body = channel.basic_get(queue)
            if method is None:
                return found
            found[body] = properties.headers["x-dead-lettered-reason"]


async def _get(channel: BlockingChannel, queue: str) -> tuple[Any, Any, bytes]:
    async with asyncio.timeout(look.PATIENCE):
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is not None:
                return method, properties, body
            await asyncio.sleep(0.1)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
