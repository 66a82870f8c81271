"""The cells of the attack table: which attack, on which surface, and in which variant.

`@pytest.mark.attack("nesting", "http")` makes a test a cell. Without a surface, it is the parameter
`surface` or `transport` of the test.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

MARKER = "attack(name, surface): a cell of the table of `./run attacks`"
# The property of a result that names its cells.
PROPERTY = "cell"
SURFACES = (
    *("http", "sse", "websocket", "tcp", "grpc", "quic", "webrtc", "p2p", "ops"),
    *("broker", "cli", "env", "answers", "update", "server"),
)


def name_cells(items: Sequence[pytest.Item]) -> None:
    """Give each result the names of its cells; raises `UsageError` for an unknown surface."""
    for item in items:
        # A test with several variants of one cell is one variant more than once.
        for cell in dict.fromkeys(_cells(item)):
            item.user_properties.append((PROPERTY, cell))


def _cells(item: pytest.Item) -> Iterator[str]:
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    for mark in item.iter_markers("attack"):
        attack, *named = mark.args
        surface = named[0] if named else parameters.get("surface", parameters.get("transport"))
        if surface not in SURFACES:
            raise pytest.UsageError(f"{item.nodeid}: the surface {surface!r} is none of {SURFACES}")
        yield f"{attack}|{surface}|{_variant(item)}"


def _variant(item: pytest.Item) -> str:
    name, _, parameters = item.name.removeprefix("test_").partition("[")
    text = name.replace("_", " ")
    return f"{text}: {parameters.removesuffix(']')}" if parameters else text
