"""The free-form part of a notification, bounded so that every store and broker can carry it."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.errors import Invalid
from app.domain.text import check_text

MAX_DEPTH = 32

FIELD = "action_data"

_CONTAINERS = (dict, list)


def check_action_data(data: Mapping[str, Any]) -> None:
    """Raise `Invalid` where `data` is too deep, or has a NUL or a lone surrogate in any string."""
    texts: list[str] = []
    _gather(data, texts, depth=1)
    try:
        # All of them at once: one look is enough where nothing is wrong, as is nearly always so.
        check_text(FIELD, "".join(texts))
    except Invalid:
        _blame(FIELD, data)


def _gather(container: Iterable[Any], texts: list[str], depth: int) -> None:
    """Add the keys and the strings in `container` to `texts`."""
    if depth > MAX_DEPTH:
        raise Invalid(FIELD, f"must not be nested deeper than {MAX_DEPTH}")
    if isinstance(container, dict):
        texts.extend(container)
        container = container.values()
    for value in container:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, _CONTAINERS):
            _gather(value, texts, depth + 1)


def _blame(field: str, value: object) -> None:
    """Raise `Invalid` for the first wrong text in `value`, to which `field` is the way."""
    if isinstance(value, str):
        check_text(field, value)
    elif isinstance(value, dict):
        for key, child in value.items():
            check_text(field, key)
            _blame(f"{field}.{key}", child)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _blame(f"{field}[{index}]", child)
