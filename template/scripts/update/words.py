"""How many there are."""

from collections.abc import Sized


def count(found: Sized, name: str) -> str:
    """Return how many there are of what has that name."""
    return f"{len(found)} {name}" if len(found) == 1 else f"{len(found)} {name}s"
