"""Texts in a request: none may have a NUL, which no database accepts."""

from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct

from chassis.domain.errors import Invalid


def check_texts(request: Any, *, without: Collection[str] = ()) -> None:
    """Raise `Invalid` if a text in the request has a NUL; `without` are fields to skip.

    The use case itself checks raw, free-form data.
    """
    within = [each for each in _parts("", request) if each[0] not in without]
    while within:
        path, value = within.pop()
        if "\0" in path:
            raise Invalid(path.replace("\0", "\\u0000"), "must not have a NUL in its name")
        if isinstance(value, str) and "\0" in value:
            raise Invalid(path, "must not contain NUL characters")
        within += _parts(path, value)


def _parts(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a value, each with the path to it."""
    if isinstance(value, dict):
        yield from ((_join(path, name), each) for name, each in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{path}[{index}]", each) for index, each in enumerate(value))
    elif isinstance(value, Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        yield from ((_join(path, told), getattr(value, name)) for told, name in names)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
