"""The limit of the client library: a publisher that awaits the confirm of each message.

`bare_publisher EXCHANGE`, with `DATABASE_URL` and `BROKER_URL`: it reads the whole outbox and
publishes it. It has as many unconfirmed messages as the service's relay. It prints `done`, and
stays until SIGTERM.
"""

import asyncio
import os
import signal
import sys
from itertools import batched

import aio_pika
import asyncpg
from chassis.application.relay import BATCH, WORKERS
from chassis.bootstrap import gc_tuning
from chassis.bootstrap.loop import loop_factory
from chassis.infrastructure.wire.cloudevents import CONTENT_TYPE


async def main(exchange_name: str) -> None:
    """Publish all, and wait to be told to stop."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    messages = [(row["routing_key"], message(row)) for row in await waiting()]
    batches = iter(list(batched(messages, BATCH)))
    async with await aio_pika.connect(os.environ["BROKER_URL"]) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(exchange_name)

        async def worker() -> None:
            for batch in batches:
                await asyncio.gather(*(exchange.publish(each, key) for key, each in batch))

        gc_tuning.freeze()
        print("publishing", flush=True)
        await asyncio.gather(*(worker() for _ in range(WORKERS)))
        print("done", flush=True)
        await stopping.wait()


async def waiting() -> list[asyncpg.Record]:
    """Return the rows of the outbox."""
    connection = await asyncpg.connect(os.environ["DATABASE_URL"].replace("+asyncpg", ""))
    try:
        found: list[asyncpg.Record] = await connection.fetch(
            "SELECT id, routing_key, body FROM outbox ORDER BY position"
        )
        return found
    finally:
        await connection.close()


def message(row: asyncpg.Record) -> aio_pika.Message:
    """Return what the relay would make of a row."""
    return aio_pika.Message(
        row["body"],
        content_type=CONTENT_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=str(row["id"]),
    )


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main(sys.argv[1]))
