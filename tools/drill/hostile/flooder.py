"""Floods one transport: `python -m tools.drill.hostile.flooder TRANSPORT PORT SECONDS`.

The token comes on standard input. Every connection asks again as soon as it is answered. At the end
the requests are printed, by how they ended, as JSON.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tools.drill.over.caller import (
    STREAMS,
    Caller,
    RefusedError,
    UnansweredError,
    UnreachedError,
)
from tools.drill.over.choose import caller

CONNECTIONS = 16
# At a lower priority than all other processes: if the processors are busy, the service comes first.
NICE = 19
BODY = {"receiver": "flooder", "action_type": "flooded"}


def main() -> None:
    """Flood, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("transport", choices=STREAMS)
    parser.add_argument("port", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("project", type=Path)
    options = parser.parse_args()
    os.nice(NICE)
    ports = {options.transport: options.port}
    token = sys.stdin.readline().strip()

    def another() -> Caller:
        return caller(options.transport, ports, options.project, token)

    print(json.dumps(asyncio.run(_flood(another, options.seconds))))


async def _flood(another: Callable[[], Caller], seconds: float) -> dict[str, int]:
    ends: Counter[str] = Counter()
    end = time.monotonic() + seconds
    await asyncio.gather(*(_ask(another(), end, ends) for _ in range(CONNECTIONS)))
    return ends


async def _ask(one: Caller, end: float, ends: Counter[str]) -> None:
    while time.monotonic() < end:
        try:
            await one.register(BODY)
            ends["accepted"] += 1
        except RefusedError as error:
            ends[str(error)] += 1
        except (UnansweredError, UnreachedError) as error:
            ends[type(error).__name__] += 1
    await one.close()


if __name__ == "__main__":
    main()
