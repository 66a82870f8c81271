"""Values that neither a store nor a broker could carry: both flat files refuse them, with
`ValueError`.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

MAX_DEPTH = 32
CONTAINERS = (dict, list)
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
PLAIN = re.compile(r"[A-Za-z0-9_~-]*")


def encode_label(text: str) -> str:
    """Return how a routing key has it."""
    if PLAIN.fullmatch(text):
        return text
    check_text(text)
    encoded = quote(text, safe="").replace(".", "%2E")
    if len(encoded) > 110:
        raise ValueError("a label must have at most 110 bytes when percent-encoded")
    return encoded


def check(actioner: str | None, action_data: dict[str, Any]) -> None:
    """Refuse what is too deep, or has text that cannot be stored."""
    texts = [] if actioner is None else [actioner]
    gather(action_data, texts, 1)
    check_text("".join(texts))


def gather(container: Iterable[Any], texts: list[str], depth: int) -> None:
    """Add the keys and the strings in `container` to `texts`."""
    if depth > MAX_DEPTH:
        raise ValueError(f"action_data must not be nested deeper than {MAX_DEPTH}")
    if isinstance(container, dict):
        texts.extend(container)
        container = container.values()
    for value in container:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, CONTAINERS):
            gather(value, texts, depth + 1)


def check_text(text: str) -> None:
    """Refuse NULs and lone surrogates."""
    if "\0" in text or (not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)):
        raise ValueError("text must have no NUL and no lone surrogate")
