"""The free-form part of a notification, bounded so that every store and broker can carry it."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.errors import Invalid
from app.domain.text import check_text

MAX_DEPTH = 32


def check_action_data(data: Mapping[str, Any]) -> None:
    """Raise `Invalid` where `data` is too deep, or has a NUL or a lone surrogate in any string."""
    pending: list[tuple[str, int, Any]] = [("action_data", 1, data)]
    while pending:
        path, depth, value = pending.pop()
        if isinstance(value, str):
            check_text(path, value)
        elif isinstance(value, Mapping | list):
            if depth > MAX_DEPTH:
                raise Invalid("action_data", f"must not be nested deeper than {MAX_DEPTH}")
            pending.extend((name, depth + 1, child) for name, child in _children(path, value))


def _children(path: str, value: Mapping[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for index, child in enumerate(value):
            yield f"{path}[{index}]", child
    else:
        for key, child in value.items():
            check_text(path, key)
            yield f"{path}.{key}", child
