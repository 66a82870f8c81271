"""The names of locks."""

import re

EXAMPLE = "invoices or order:42"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}(:[!-~]{1,100})?")


def check_name(name: str) -> None:
    """Raise `ValueError` unless the name is a kind of work, with or without a `:` and an id."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a lock is named {name!r}: write it as {EXAMPLE}")


def kind_of(name: str) -> str:
    """Return the part before the `:`; there are few of them, so it labels metrics."""
    return name.partition(":")[0]
