"""The items of one command: how many there may be, and which of them an error is about."""

import re
from collections.abc import Sized

from chassis.application.errors import TooMany
from chassis.domain.errors import Invalid

_number = re.compile(r"\[(\d+)\]").match


def check_some(field: str, items: Sized, name: str) -> None:
    """Raise `Invalid` for `field` if there are no items; `name` is what one of them is called."""
    if not items:
        raise Invalid(field, f"must have at least one {name}")


def check_total(total: int, most: int, names: str, unit: str = "request") -> None:
    """Raise `TooMany` if there are more than `most` items in one `unit`."""
    if total > most:
        raise TooMany(f"at most {most} {names} fit into one {unit}")


def numbered(error: Invalid, index: int, count: int) -> Invalid:
    """Return the error of item `index` of `count`: its field begins with `[index].`.

    A single item has no number: the use case does not know whether it came in an array.
    """
    return error if count == 1 else Invalid(f"[{index}].{error.field}", error.reason)


def placed(error: Invalid, name: str = "", first: int = 0) -> Invalid:
    """Return an error of a command's item with the place of the item in the caller's array.

    `name` is the array's, `first` the number in it that the command's first item has. An error
    without a number is about a single item.
    """
    number = _number(error.field)
    if number is None:
        return Invalid(f"{name}[{first}].{error.field}", error.reason)
    place = f"{name}[{first + int(number[1])}]"
    return Invalid(f"{place}{error.field[number.end() :]}", error.reason)
