"""Tail: follow the notifications of a running service."""

import asyncio
import random
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.text import Text

from app.application.following.messages import RESET, StreamItem, Subscribe
from app.application.notification.mapping import decode
from app.application.notification.messages import Notification
from app.application.notification.stream import STREAMED, subscribe
from app.cli.address import own_url
from app.cli.clients import Client, Disconnected, open_client
from app.cli.credentials import credentials
from app.cli.output import console
from app.domain.text import printable, printable_json

LONGEST_DELAY = 10.0


def command(
    *,
    cursor: Annotated[str | None, Parameter(name="--from")] = None,
    receiver: str | None = None,
    action_type: str | None = None,
    limit: int | None = None,
    json: bool = False,
    via: str | None = None,
    certificate: Path | None = None,
    private_key: Path | None = None,
) -> None:
    """Print notifications as they arrive; reconnects, and resumes where it was.

    Parameters
    ----------
    cursor
        Where to resume; from now on, by default.
    receiver
        Only those for this receiver.
    action_type
        Only those of this type.
    limit
        End after so many.
    json
        Print each stream item as one line of JSON, heartbeats and resets too.
    via
        The URL of the service; this project's own, by default.
    certificate
        A PEM file: the certificate to show to a service that asks for one.
    private_key
        Another one: its private key, where that is not in the same file.
    """
    asked = subscribe(receiver, action_type, cursor)
    shown = credentials(via, STREAMED.scope, certificate, private_key)
    client = open_client(via or own_url(), shown)
    asyncio.run(_tail(client, asked, limit, json))


async def _tail(client: Client, asked: Subscribe, limit: int | None, json: bool) -> None:
    seen, delay, connected = 0, 0.1, False
    try:
        while True:
            try:
                async with aclosing(client.follow(asked)) as items:
                    async for item in items:
                        connected, delay = True, 0.1
                        asked = msgspec.structs.replace(asked, cursor=item.cursor)
                        _show(item, json)
                        seen += item.event == STREAMED.event
                        if limit is not None and seen >= limit:
                            return
            except Disconnected:
                if not connected:
                    raise
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, LONGEST_DELAY)
    finally:
        await client.close()


def _show(item: StreamItem, json: bool) -> None:
    if json:
        sys.stdout.write(printable_json(msgspec.json.encode(item).decode()) + "\n")
        sys.stdout.flush()
    elif item.event == RESET:
        console.print("[yellow]the cursor cannot be resumed: some notifications may be missing[/]")
    elif item.data is not None:
        console.print(_line(decode(item.data)), soft_wrap=True)


def _line(notification: Notification) -> Text:
    time = notification.registered_at.isoformat(" ", "milliseconds").removesuffix("+00:00")
    more = bytes(notification.action_data).decode()
    return Text.assemble(
        (f"{time} ", "dim"),
        (printable(notification.action_type), "bold cyan"),
        " → ",
        (printable(notification.receiver), "bold"),
        f"  {printable_json(more)}" if more != "{}" else "",
    )
