"""Send: register notifications with a running service."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.progress import Progress

from app.application.notification.messages import Register
from app.cli.address import own_url
from app.cli.clients import open_client
from app.cli.credentials import Credentials, credentials
from app.cli.failure import UsageError
from app.cli.output import print_json

BATCH = 500


def command(
    receiver: str | None = None,
    action_type: str | None = None,
    data: str = "{}",
    /,
    *,
    actioner: str | None = None,
    lines: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    key: str | None = None,
    via: str | None = None,
    certificate: Path | None = None,
    private_key: Path | None = None,
) -> None:
    """Register one notification, or many from a file, and print the ids as JSON.

    Parameters
    ----------
    receiver
        Who should know.
    action_type
        What happened.
    data
        More about it: a JSON object.
    actioner
        Who did it.
    lines
        A file with one JSON notification a line, or - for standard input, instead of the above.
    key
        An idempotency key: sending again under the same key registers nothing twice.
    via
        The URL of the service; this project's own, by default.
    certificate
        A PEM file: the certificate to show to a service that asks for one.
    private_key
        Another one: its private key, where that is not in the same file.
    """
    if lines is not None:
        batches = _read(lines)
    elif receiver and action_type:
        one = {"receiver": receiver, "action_type": action_type, "action_data": _json("DATA", data)}
        batches = [[one | ({"actioner": actioner} if actioner else {})]]
    else:
        raise UsageError("send takes RECEIVER and ACTION_TYPE, or --lines FILE")
    shown = credentials(via, Register.scope, certificate, private_key)
    print_json({"ids": asyncio.run(_send(batches, key, via or own_url(), shown))})


async def _send(
    batches: list[list[Any]], key: str | None, via: str, shown: Credentials
) -> list[str]:
    client = open_client(via, shown)
    ids: list[str] = []
    try:
        with Progress(transient=True, disable=len(batches) < 2 or not sys.stderr.isatty()) as bar:
            for number, batch in enumerate(bar.track(batches, description="sending")):
                # Each batch is a request of its own, and so needs a key of its own.
                batch_key = f"{key}.{number}" if key and len(batches) > 1 else key
                ids += await client.register(batch, batch_key)
    finally:
        await client.close()
    return ids


def _read(path: Path) -> list[list[Any]]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    lines = enumerate(text.splitlines(), start=1)
    notifications = [_json(f"line {number}", line) for number, line in lines if line.strip()]
    if not notifications:
        raise UsageError(f"{path} has no notification")
    return [notifications[start : start + BATCH] for start in range(0, len(notifications), BATCH)]


def _json(where: str, text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise UsageError(f"{where} is no JSON: {error}") from None
