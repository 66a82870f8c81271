"""How the demonstration looks."""

import json
from statistics import median
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tools.demo_client import Traffic

# Most terminals begin with 80 columns.
WIDTH = 78
COLOURS = {
    "order-paid": "green",
    "parcel-shipped": "cyan",
    "comment-added": "yellow",
    "friend-joined": "magenta",
    "password-changed": "red",
}


def feed(traffic: Traffic, planned: int) -> RenderableType:
    """Return what came out of the stream last, and how much of it all."""
    table = Table(box=box.SIMPLE_HEAD, width=WIDTH, header_style="dim", padding=(0, 1, 0, 0))
    table.add_column("registered at", width=13)
    table.add_column("receiver", width=8)
    table.add_column("action", width=16)
    table.add_column("data", width=20, no_wrap=True)
    table.add_column("after", width=10, justify="right")
    for notification in traffic.recent:
        table.add_row(*row(traffic, notification))
    counts = Text.assemble(
        ("  sent ", "dim"),
        f"{len(traffic.sent):>5,}",
        ("   streamed ", "dim"),
        f"{len(traffic.seen):>5,} ",
    )
    progress = Table.grid(padding=(0, 1))
    progress.add_row(counts, ProgressBar(planned, len(traffic.seen), width=WIDTH - 36))
    return Group(table, progress)


def row(traffic: Traffic, notification: dict[str, Any]) -> list[RenderableType]:
    """Return the cells of one notification."""
    key, action = notification["id"], notification["action_type"]
    took = traffic.arrived[key] - traffic.began[key] if key in traffic.began else None
    return [
        Text(notification["registered_at"][11:23], "dim"),
        Text(notification["receiver"], "bold"),
        Text(action, COLOURS[action]),
        Text(json.dumps(notification["action_data"]), "dim"),
        Text("burst", "dim") if took is None else Text(f"{took * 1000:.1f} ms"),
    ]


def summary(traffic: Traffic) -> RenderableType:
    """Return the outcome in figures."""
    sent, seen = len(traffic.sent), len(traffic.seen)
    doubled = traffic.seen.total() - seen
    singles = len(traffic.began)
    grid = Table.grid(padding=(0, 3))
    grid.add_row("accepted", f"{sent:,}", f"[dim]{singles} one by one, the rest in batches[/]")
    grid.add_row("stored", f"{traffic.stored:,}", "[dim]listed by GET /notifications[/]")
    grid.add_row(
        "streamed", f"{seen:,}", f"[dim]{seen / max(sent, 1):.1%} of them, {doubled} twice[/]"
    )
    if latencies := traffic.latencies:
        ms = [latency * 1000 for latency in latencies]
        worst = f"[dim]from POST to event; slowest {ms[-1]:.1f} ms[/]"
        grid.add_row("median", f"{median(ms):.1f} ms", worst)
    if traffic.flood_took:
        rate = (sent - singles) / traffic.flood_took
        grid.add_row(
            "in a burst", f"{rate:,.0f}/s", "[dim]registered, stored, published, streamed[/]"
        )
    colour, title = ("green", "all there") if traffic.complete else ("red", "something is missing")
    return Panel(
        grid, title=title, title_align="left", border_style=colour, width=WIDTH, padding=(1, 2)
    )
