"""The query string, decoded into a message: its fields are the parameters."""

import re
from difflib import get_close_matches
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct
from msgspec.inspect import (
    BoolType,
    DateTimeType,
    IntType,
    Metadata,
    StructType,
    Type,
    UnionType,
    type_info,
)

from chassis.interfaces.serving.error_messages import describe_error
from chassis.interfaces.serving.refused import HttpRefused

QUERY = "query"
MAX_PARAMETERS = 64

_WHOLE = re.compile(r"-?[0-9]{1,18}")
# `+` in a query means a space, but in an unescaped `…T12:00:00+02:00` it is the sign.
_OFFSET = re.compile(r"(?<=\d) (?=\d\d:\d\d$)")


def decode_query[Query: Struct](raw: bytes, into: type[Query]) -> Query:
    """Return the query string as `into`.

    Raises `HttpRefused`, which names the parameter, if one is unknown, given twice or malformed.
    """
    if not raw:
        return into()
    known = parameters(into)
    values: dict[str, Any] = {}
    for name, text in _split(raw):
        if name not in known:
            raise _refused(name[:64] or QUERY, _unknown(name, known))
        if name in values:
            raise _refused(name, "is given twice")
        if "\0" in text:
            raise _refused(name, "must not contain NUL characters")
        values[name] = _parse(name, text, known[name])
    try:
        return msgspec.convert(values, into)
    except msgspec.ValidationError as error:
        raise _refused(*describe_error(error)) from None


@cache
def parameters(into: type[Struct]) -> dict[str, Type]:
    """Return the type of each parameter, by name, without its `None`."""
    info = type_info(into)
    assert isinstance(info, StructType)
    return {field.encode_name: _present(field.type) for field in info.fields}


def _present(kind: Type) -> Type:
    if isinstance(kind, UnionType) and kind.includes_none:
        return next(each for each in kind.types if not isinstance(each, msgspec.inspect.NoneType))
    return kind


def _split(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except UnicodeDecodeError:
        raise _refused(QUERY, "must be UTF-8, percent-encoded") from None
    except ValueError:
        raise _refused(QUERY, f"must have at most {MAX_PARAMETERS} parameters") from None


def _parse(name: str, text: str, kind: Type) -> Any:
    if isinstance(kind, Metadata):
        kind = kind.type
    if isinstance(kind, IntType):
        if not _WHOLE.fullmatch(text):
            raise _refused(name, "must be a whole number")
        return int(text)
    if isinstance(kind, BoolType):
        if text not in ("true", "false"):
            raise _refused(name, "must be true or false")
        return text == "true"
    if isinstance(kind, DateTimeType):
        return _OFFSET.sub("+", text)
    return text


def _unknown(name: str, known: dict[str, Type]) -> str:
    if not name:
        return "has a parameter without a name"
    if close := get_close_matches(name[:64], known, n=1):
        return f"is not a parameter; did you mean {close[0]}?"
    return f"is not a parameter; there are {', '.join(known)}"


def _refused(name: str, reason: str) -> HttpRefused:
    return HttpRefused(HTTPStatus.BAD_REQUEST, name, reason)
