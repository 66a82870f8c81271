"""Following a stream of a running service, and printing its items."""

import asyncio
import random
import sys
from collections.abc import Callable
from contextlib import aclosing

import msgspec
from msgspec import Raw
from rich.text import Text

from chassis.application.streaming.messages import RESET, StreamItem, Subscribe
from chassis.cli.clients import Disconnected, ServiceClient
from chassis.cli.output import console
from chassis.domain.text import printable_json

LONGEST_DELAY = 10.0


def tail(
    client: ServiceClient,
    asked: Subscribe,
    event: str,
    line: Callable[[Raw], Text],
    *,
    limit: int | None,
    json: bool,
) -> None:
    """Print the stream's items: as `line` shows the data, or each item as `json`.

    Ends after `limit` items of the name `event`. Raises `Refused`, or `Disconnected` if the service
    cannot be reached at first; later it reconnects.
    """
    asyncio.run(_tail(client, asked, event, line, limit, json))


async def _tail(
    client: ServiceClient,
    asked: Subscribe,
    event: str,
    line: Callable[[Raw], Text],
    limit: int | None,
    json: bool,
) -> None:
    seen, delay, connected = 0, 0.1, False
    try:
        while True:
            try:
                async with aclosing(client.follow(asked)) as items:
                    async for item in items:
                        connected, delay = True, 0.1
                        asked = msgspec.structs.replace(asked, cursor=item.cursor)
                        _show(item, line, json)
                        seen += item.event == event
                        if limit is not None and seen >= limit:
                            return
            except Disconnected:
                if not connected:
                    raise
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, LONGEST_DELAY)
    finally:
        await client.close()


def _show(item: StreamItem, line: Callable[[Raw], Text], json: bool) -> None:
    if json:
        sys.stdout.write(printable_json(msgspec.json.encode(item).decode()) + "\n")
        sys.stdout.flush()
    elif item.event == RESET:
        console.print("[yellow]the cursor cannot be resumed: some events may be missing[/]")
    elif item.data is not None:
        console.print(line(item.data), soft_wrap=True)
