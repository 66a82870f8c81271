"""The schema of a message, from its class: its fields, its answer, and its summary.

Transports read it once, when they make a route or a method for the message.
"""

import inspect
from collections.abc import Collection
from types import get_original_bases
from typing import Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, field

from chassis.application.message import Message

type Field = tuple[str, Any, Any]


def fields_of(message: type[Message[Any]], *, without: Collection[str] = ()) -> list[Field]:
    """Return the name, type and default of each field, for a struct that is made of them."""
    fields = []
    for each in msgspec.structs.fields(message):
        default = each.default
        if default is NODEFAULT and not each.required:
            default = field(default_factory=each.default_factory)
        if each.name not in without:
            fields.append((each.name, each.type, default))
    return fields


def result_of(message: type[Message[Any]]) -> Any:
    """Return the type of the message's answer: `Placed` for a `Message[Placed]`.

    Raises `TypeError` if the class does not name it.
    """
    for kind in message.__mro__:
        for base in get_original_bases(kind):
            origin = get_origin(base)
            if isinstance(origin, type) and issubclass(origin, Message):
                (result,) = get_args(base)
                if not isinstance(result, TypeVar):
                    return result
    raise TypeError(f"{message.__name__} names no answer: derive it from Message[...]")


def summary_of(message: type[Message[Any]]) -> str:
    """Return the first line of the message's docstring, without its full stop."""
    return description_of(message).partition("\n")[0].removesuffix(".")


def description_of(message: type[Message[Any]]) -> str:
    """Return the message's docstring; raises `TypeError` if it has none."""
    if message.__doc__ is None:
        raise TypeError(
            f"{message.__name__} needs a docstring: the documentation of the API has it"
        )
    return inspect.cleandoc(message.__doc__)
