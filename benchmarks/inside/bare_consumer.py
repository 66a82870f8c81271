"""The limit of the client library: a consumer that acks each delivery and stores nothing.

`bare_consumer QUEUE PREFETCH COUNT`, with `BROKER_URL`; it prints `done` after `COUNT` of them, and
stays until SIGTERM.
"""

import asyncio
import os
import signal
import sys

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from chassis.bootstrap import gc_tuning
from chassis.bootstrap.loop import loop_factory


async def main(queue_name: str, prefetch: int, count: int) -> None:
    """Consume until told to stop."""
    left = count
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)

    async def take(message: AbstractIncomingMessage) -> None:
        nonlocal left
        await message.ack()
        left -= 1
        if not left:
            print("done", flush=True)

    async with await aio_pika.connect(os.environ["BROKER_URL"]) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch)
        queue = await channel.get_queue(queue_name)
        await queue.consume(take)
        gc_tuning.freeze()
        print("consuming", flush=True)
        await stopping.wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
