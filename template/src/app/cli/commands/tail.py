"""Tail: follow the notifications of a running service."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import Raw
from rich.text import Text

from app.application.notification.mapping import decode
from app.application.notification.stream import STREAMED, subscribe
from app.cli.notification.remote import REMOTE
from chassis.cli.address import own_url
from chassis.cli.clients import open_client
from chassis.cli.credentials import credentials
from chassis.cli.tailing import tail
from chassis.domain.text import printable, printable_json


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
    """Print notifications as they arrive; reconnects, and resumes after the last one.

    Parameters
    ----------
    cursor
        The cursor to resume from; by default from now on.
    receiver
        Only those for this receiver.
    action_type
        Only those of this type.
    limit
        The number of notifications to print before the end.
    json
        Print each stream item as one line of JSON, heartbeats and resets too.
    via
        The URL of the service; this project's own, by default.
    certificate
        A PEM file: the client certificate, if the service asks for one.
    private_key
        A PEM file: its private key, if it is not in the same file.
    """
    asked = subscribe(receiver, action_type, cursor)
    shown = credentials(via, STREAMED.scope, certificate, private_key)
    client = open_client(via or own_url(), shown, REMOTE)
    tail(client, asked, STREAMED.event, _line, limit=limit, json=json)


def _line(data: Raw) -> Text:
    notification = decode(data)
    time = notification.registered_at.isoformat(" ", "milliseconds").removesuffix("+00:00")
    more = bytes(notification.action_data).decode()
    return Text.assemble(
        (f"{time} ", "dim"),
        (printable(notification.action_type), "bold cyan"),
        " → ",
        (printable(notification.receiver), "bold"),
        f"  {printable_json(more)}" if more != "{}" else "",
    )
