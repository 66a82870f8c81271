"""How the demonstration looks in the narrowest terminal that is usual."""

import json
from io import StringIO

from rich.console import Console, RenderableType

from tools.demo_client import EVENTS, RECEIVERS, Traffic
from tools.demo_view import feed, summary

COLUMNS = 80
SLOW = 12.3456
PLANNED = 2_040


def shown(what: RenderableType) -> list[str]:
    console = Console(file=StringIO(), width=COLUMNS, highlight=False)
    console.print(what)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def busy() -> Traffic:
    """Return what a slow machine would have shown: one of each event, single and in a burst."""
    traffic = Traffic("http://127.0.0.1:1")
    for number, (action, data) in enumerate(EVENTS * 2):
        key = str(number)
        traffic.sent.add(key)
        traffic.seen[key] += 1
        traffic.arrived[key] = SLOW
        if number < len(EVENTS):
            traffic.began[key] = 0.0
        receiver = max(RECEIVERS, key=len)
        notification = {"id": key, "receiver": receiver, "action_type": action}
        registered_at = "2026-01-02T03:04:05.678901Z"
        traffic.recent.append({**notification, "action_data": data, "registered_at": registered_at})
    traffic.flood_took = SLOW
    return traffic


def test_every_column_of_the_feed_is_whole() -> None:
    lines = shown(feed(busy(), PLANNED))
    assert max(map(len, lines)) <= COLUMNS
    text = "\n".join(lines)
    assert "…" not in text
    for heading in ("registered at", "receiver", "action", "data", "after"):
        assert heading in lines[1]
    for action, data in EVENTS:
        assert text.count(f"{action} ") == 2
        assert text.count(json.dumps(data)) == 2
    assert text.count("12345.6 ms") == len(EVENTS)
    assert text.count("burst") == len(EVENTS)


def test_figures_stay_in_their_frame() -> None:
    lines = shown(summary(busy()))
    assert max(map(len, lines)) <= COLUMNS
    assert all(line[0] + line[-1] in ("╭╮", "││", "╰╯") for line in lines)
    assert any("slowest 12345.6 ms" in line for line in lines)
