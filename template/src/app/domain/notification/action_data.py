"""The free-form part of a notification, bounded so that every store and broker can carry it."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.errors import Invalid
from app.domain.text import check_text

MAX_DEPTH = 32


def check_action_data(data: Mapping[str, Any]) -> None:
    """Raise `Invalid` where `data` is too deep, or has a NUL or a lone surrogate in any string."""
    try:
        _check(data, depth=1)
    except _TooDeep:
        raise Invalid("action_data", f"must not be nested deeper than {MAX_DEPTH}") from None
    except Invalid as error:
        raise Invalid(f"action_data{error.field}", error.reason) from None


class _TooDeep(Exception):
    """Something lies below the deepest level."""


def _check(value: object, depth: int) -> None:
    """Check `value` and what is in it; an error names the way from `value` to the culprit."""
    if isinstance(value, str):
        check_text("", value)
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise _TooDeep
        children: Iterable[tuple[str | int, object]] = (
            value.items() if isinstance(value, dict) else enumerate(value)
        )
        for step, child in children:
            if isinstance(step, str):
                check_text("", step)
            try:
                _check(child, depth + 1)
            except Invalid as error:
                where = f".{step}" if isinstance(step, str) else f"[{step}]"
                raise Invalid(where + error.field, error.reason) from None
