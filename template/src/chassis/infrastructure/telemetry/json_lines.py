"""Log lines for programs: one JSON object each."""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from chassis.domain.text import printable_json


def to_json(event: Any, default: Callable[[Any], Any]) -> str:
    """Return the event in one line; `default` replaces a value that JSON cannot encode."""
    try:
        return printable_json(msgspec.json.encode(event, enc_hook=default).decode())
    except UnicodeEncodeError:
        # A lone surrogate, which may come from a caller: the standard library is slower, but
        # escapes it.
        return json.dumps(event, default=default)
