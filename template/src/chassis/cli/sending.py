"""Sending items to a running service, in batches."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
from rich.progress import Progress

from chassis.cli.clients import open_client
from chassis.cli.credentials import Credentials
from chassis.cli.failure import UsageError
from chassis.cli.remote import Remote

BATCH = 500


def send(
    remote: Remote, batches: list[list[Any]], key: str | None, via: str, shown: Credentials
) -> list[str]:
    """Send each batch to the service at `via`, and return the ids of all their items.

    Each batch has an idempotency key of its own, made from `key`. Raises `UsageError`, `Refused` or
    `Disconnected`.
    """
    return asyncio.run(_send(remote, batches, key, via, shown))


async def _send(
    remote: Remote, batches: list[list[Any]], key: str | None, via: str, shown: Credentials
) -> list[str]:
    client = open_client(via, shown, remote)
    ids: list[str] = []
    try:
        with Progress(transient=True, disable=len(batches) < 2 or not sys.stderr.isatty()) as bar:
            for number, batch in enumerate(bar.track(batches, description="sending")):
                # Each batch is a separate request, and so needs a separate key.
                batch_key = f"{key}.{number}" if key and len(batches) > 1 else key
                ids += await client.register(batch, batch_key)
    finally:
        await client.close()
    return ids


def read_lines(path: Path, noun: str) -> list[list[Any]]:
    """Return the file's lines of JSON in batches; `-` is standard input, `noun` names the items.

    Raises `UsageError` if the file cannot be read or is empty, or if a line is no JSON.
    """
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    lines = enumerate(text.splitlines(), start=1)
    items = [parse_json(f"line {number}", line) for number, line in lines if line.strip()]
    if not items:
        raise UsageError(f"{path} has no {noun}")
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def parse_json(where: str, text: str) -> Any:
    """Return the JSON value in `text`; raises `UsageError`, which names `where` it is."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise UsageError(f"{where} is no JSON: {error}") from None
