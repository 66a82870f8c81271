"""The output of commands: JSON for programs, rich text for people."""

import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chassis.domain.text import printable, printable_json


def print_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    encoded = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2)
    sys.stdout.write(printable_json(encoded.decode()) + "\n")


def table(title: str, *columns: str) -> Table:
    """Return an empty table in the commands' common style."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold cyan")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def plain(text: str) -> Text:
    """Return text for a table or a line without markup or control characters."""
    return Text(printable(text))


console = Console()
