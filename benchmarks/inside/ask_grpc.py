"""Callers of gRPC: `ask_grpc grpc PORT SECONDS CHANNELS CALLS`; the last line tells.

Each channel has `CALLS` calls of `Register` under way, and calls again for each answer.
"""

import asyncio
import json
import sys
from time import perf_counter

import grpc
import grpc.aio
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.bootstrap.loop import loop_factory

from benchmarks.inside.asking import ACTION, DATA, RECEIVER, told

METHOD = "/notifications.v1.NotificationService/Register"
REQUEST = pb.RegisterRequest(
    notifications=[
        pb.NewNotification(receiver=RECEIVER, action_type=ACTION, action_data=DATA.decode())
    ]
).SerializeToString()


async def main(port: int, seconds: float, channels: int, calls: int) -> None:
    """Ask for so many seconds, and print what came of it."""
    times: list[float] = []
    began = perf_counter()
    end = began + seconds

    async def caller(call: grpc.aio.UnaryUnaryMultiCallable) -> None:
        while (asked := perf_counter()) < end:
            await call(REQUEST)
            times.append(perf_counter() - asked)

    # A separate channel: otherwise channels to one address share a connection.
    alone = [("grpc.use_local_subchannel_pool", 1)]
    made = [grpc.aio.insecure_channel(f"127.0.0.1:{port}", alone) for _ in range(channels)]
    await asyncio.gather(
        *(caller(channel.unary_unary(METHOD)) for channel in made for _ in range(calls))
    )
    print(json.dumps(told(times, perf_counter() - began, refused=0)))
    for channel in made:
        await channel.close()


if __name__ == "__main__":
    _, port, seconds, channels, calls = sys.argv[1:]
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main(int(port), float(seconds), int(channels), int(calls)))
