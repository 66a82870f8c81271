"""The order of each subject, while the replicas of a consumer come, freeze and die."""

import asyncio
import json
import os
import signal
import threading
from collections import defaultdict
from itertools import count

import httpx
import pika
from pika.adapters.blocking_connection import BlockingChannel

from tools.drill import look
from tools.drill.events import event
from tools.drill.services import count_of
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict
from tools.process import Process

SUBJECTS = tuple(f"subject-{number}" for number in range(40))
PARTITIONS = 8
# Longer than RabbitMQ waits for a heartbeat.
FROZEN = 50.0
STORED = """
    SELECT receiver, (convert_from(data, 'UTF8')::json #>> '{action_data,n}')::int AS number
    FROM journal ORDER BY position
"""


async def order(stage: Stage, seconds: float) -> bool:
    """Publish numbered events for each subject all the time, and read the journal's order."""
    verdict = Verdict(
        f"{stage.name}: the order of {len(SUBJECTS)} subjects, {PARTITIONS} partitions"
    )
    service = stage.service("reader", ["consumer"])
    settings = await stage.settings(service, "order", BROKER_PARTITIONS=str(PARTITIONS))
    first = await stage.serve(service, settings)
    queue = f"{settings['BROKER_QUEUE']}.partition"
    await look.consumed_soon(settings["BROKER_URL"], f"{queue}.0")
    publishing = Publishing(settings["BROKER_URL"], stage.name)
    await asyncio.sleep(seconds)
    second = await stage.serve(service, settings)
    await asyncio.sleep(seconds)
    shares = [await _received(first), await _received(second)]
    verdict.holds("after a rebalance both consume", all(shares), " + ".join(map(str, shares)))
    await stage.kill(first)
    third = await stage.serve(service, settings)
    await asyncio.sleep(seconds)
    os.kill(second.pid, signal.SIGSTOP)
    await asyncio.sleep(FROZEN)
    os.kill(second.pid, signal.SIGCONT)
    await asyncio.sleep(seconds)
    sent = await publishing.stop()
    verdict.holds("all is stored", await look.stored(settings["DATABASE_URL"], sent), sent)
    verdict.holds("the last replica consumed, too", await _received(third) > 0)
    found: dict[str, list[int]] = defaultdict(list)
    for subject, number in await look.rows(settings["DATABASE_URL"], STORED):
        found[subject].append(number)
    right = sum(numbers == list(range(len(numbers))) for numbers in found.values())
    verdict.equal("subjects whose events are in order", right, len(SUBJECTS))
    verdict.equal("events, each once", sum(map(len, found.values())), sent)
    return verdict.show()


class Publishing:
    """Publishes an event for each subject in turn, with confirms, until it is stopped."""

    def __init__(self, url: str, exchange: str) -> None:
        self._url = url
        self._exchange = exchange
        self._stopping = threading.Event()
        self._sent = 0
        self._task = asyncio.create_task(asyncio.to_thread(self._run))

    async def stop(self) -> int:
        """Stop after a whole round, and return how many were confirmed."""
        self._stopping.set()
        await self._task
        return self._sent

    def _run(self) -> None:
        with pika.BlockingConnection(pika.URLParameters(self._url)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for number in count():
                if self._stopping.is_set():
                    return
                for subject in SUBJECTS:
                    self._publish(channel, subject, number)

    def _publish(self, channel: BlockingChannel, subject: str, number: int) -> None:
        body = event(subject=subject, data={"receiver": subject, "action_data": {"n": number}})
        headers = {"cloudEvents_type": body["type"], "cloudEvents_subject": subject}
        properties = pika.BasicProperties(headers=headers, delivery_mode=2, message_id=body["id"])
        channel.basic_publish(
            self._exchange,
            f"notification.drilled.{subject}",
            json.dumps(body).encode(),
            properties,
            mandatory=True,
        )
        self._sent += 1


async def _received(process: Process) -> int:
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        return int(await count_of(http, process.ops_url, "events_received_total"))
