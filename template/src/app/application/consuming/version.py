"""The version that the type of an event names."""

import re
from typing import Self

from msgspec import Struct

# Of more digits than this nobody has made a version: whoever sends them wants to be a nuisance.
_TYPE = re.compile(r"(.+)\.v([1-9][0-9]{0,5})", re.DOTALL)


class Version(Struct, frozen=True):
    """One version of the event `name`, counted from 1; written `notification.registered.v1`."""

    name: str
    number: int

    @classmethod
    def read(cls, kind: str) -> Self | None:
        """Return the version that a type names, or nothing where it names none."""
        found = _TYPE.fullmatch(kind)
        return None if found is None else cls(found[1], int(found[2]))

    def __str__(self) -> str:
        """Return the type."""
        return f"{self.name}.v{self.number}"

    def next(self) -> "Version":
        """Return the version after this one."""
        return Version(self.name, self.number + 1)
