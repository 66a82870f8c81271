"""What commands print: JSON for programs, rich text for people."""

import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table


def print_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    encoded = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2)
    sys.stdout.write(encoded.decode() + "\n")


def table(title: str, *columns: str) -> Table:
    """Return an empty table in the house's style."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold cyan")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def printable(text: str) -> str:
    """Return the text with what could move the cursor, or worse, as escapes; in one line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


console = Console()
