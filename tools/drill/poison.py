"""Poison: a client that shares no code with the service reads, and writes what none should."""

import asyncio
import json
from collections.abc import Mapping
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
    settings = await stage.settings(reader, RETENTION=AN_HOUR)
    url, queue = settings["DATABASE_URL"], settings["BROKER_QUEUE"]
    process = await stage.serve(reader, settings)
    await look.exists_soon(settings["BROKER_URL"], queue)
    handled = 0
    with pika.BlockingConnection(pika.URLParameters(settings["BROKER_URL"])) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for body in bad.values():
            _publish(channel, stage.name, body)
            _publish(channel, stage.name, json.dumps(event()).encode())
            handled += 1
            verdict_of_good = await look.stored(url, handled)
            if not verdict_of_good:
                break
        verdict.equal("the next good message is handled", handled, len(bad))
        await look.depth_soon(settings["BROKER_URL"], f"{queue}.dead", len(bad))
        reasons = _parked(channel, f"{queue}.dead")
        for (name, body), (parked, reason) in zip(bad.items(), reasons, strict=True):
            verdict.holds(f"parked: {name}", body == parked and bool(reason), _short(reason))
        twice = json.dumps(event()).encode()
        _publish(channel, stage.name, twice)
        _publish(channel, stage.name, twice)
        _publish(channel, stage.name, json.dumps(event()).encode())
        await look.stored(url, handled + 2)
        verdict.equal(
            "a duplicate is stored once", (await look.ids(url, "journal")).total(), handled + 2
        )
    old = sum("retention" in reason for _, reason in reasons)
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
        "the others are parked again",
        await look.depth_soon(settings["BROKER_URL"], queue, before - 1),
        before - 1,
    )


def _publish(channel: BlockingChannel, exchange: str, body: bytes) -> None:
    channel.basic_publish(exchange, KEY, body, mandatory=True)


def _parked(channel: BlockingChannel, queue: str) -> list[tuple[bytes, str]]:
    """Return each parked body with its reason, in order, and leave them there."""
    found = []
    while True:
        method, properties, body = channel.basic_get(queue)
        if method is None:
            break
        found.append((body, properties.headers["x-parked-reason"]))
    channel.basic_nack(0, multiple=True)
    return found


async def _get(channel: BlockingChannel, queue: str) -> tuple[Any, Any, bytes]:
    async with asyncio.timeout(look.PATIENCE):
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is not None:
                return method, properties, body
            await asyncio.sleep(0.1)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
