"""The free-form part of a notification, bounded so that every store and broker can carry it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from chassis.domain.errors import Invalid
from chassis.domain.text import check_text

MAX_DEPTH = 32
# A client decodes what it gets, at some 100 bytes for each value: 1 MiB of text may hold 340,000.
# With this bound a page of 200 notifications takes no more than 200 MB there, and one that is
# checked here 1 MB. Data that describes one event has tens of values.
MAX_VALUES = 10_000

FIELD = "action_data"

_CONTAINERS = (dict, list)
# JSON up to this size, in bytes, has no room for more: the shortest value is a digit and a comma.
SHORT = 2 * MAX_VALUES
_without_strings = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL).sub
_SPACE = b" \t\r\n"


def check_count(text: bytes) -> None:
    """Raise `Invalid` if the JSON in `text` has more than `MAX_VALUES` values.

    Each element and each member counts, at any depth. It decodes nothing, because decoding would
    take the memory.
    """
    if len(text) <= SHORT or _at_most(text) <= MAX_VALUES:
        return
    bare = _without_strings(b"0", text).translate(None, _SPACE)
    if _at_most(bare) - bare.count(b"{}") - bare.count(b"[]") > MAX_VALUES:
        raise Invalid(FIELD, f"must have at most {MAX_VALUES:,} values")


def _at_most(text: bytes) -> int:
    """Return the number of values, were no container empty and no string to have such characters.

    A container has one element more than it has commas; the outermost is no element.
    """
    return text.count(b",") + text.count(b"{") + text.count(b"[")


def check_action_data(data: Mapping[str, Any]) -> None:
    """Raise `Invalid` if `data` is too deep, or has a NUL or a lone surrogate in any string."""
    texts: list[str] = []
    _gather(data, texts, depth=1)
    try:
        # All of them at once: one check is enough if nothing is wrong, as is nearly always so.
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
    """Raise `Invalid` for the first wrong text in `value`; `field` is the path to it."""
    if isinstance(value, str):
        check_text(field, value)
    elif isinstance(value, dict):
        for key, child in value.items():
            check_text(field, key)
            _blame(f"{field}.{key}", child)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _blame(f"{field}[{index}]", child)
