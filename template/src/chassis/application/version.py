"""The version that the type of an event names."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Self

from msgspec import Struct

# No producer makes a million versions: a longer number is part of the name.
_TYPE = re.compile(r"(.+)\.v([1-9][0-9]{0,5})", re.DOTALL)


class Version(Struct, frozen=True):
    """One version of the event `name`, counted from 1; written `order.placed.v1`."""

    name: str
    number: int

    @classmethod
    def read(cls, kind: str) -> Self | None:
        """Return the version that a type names, or None if it names none."""
        found = _TYPE.fullmatch(kind)
        return None if found is None else cls(found[1], int(found[2]))

    def __str__(self) -> str:
        """Return the type."""
        return f"{self.name}.v{self.number}"

    def next(self) -> "Version":
        """Return the version after this one."""
        return Version(self.name, self.number + 1)


def versions(kind: str, kinds: Iterable[str]) -> set[str]:
    """Return which of `kinds` are versions of the same event as `kind`, which is one of them."""
    version = Version.read(kind)
    same = {
        str(other)
        for other in map(Version.read, kinds)
        if other and version and other.name == version.name
    }
    return same | {kind}


def under_all_versions[Line](
    table: Mapping[str, Line], upcasters: Iterable[Mapping[str, Any]]
) -> dict[str, Line]:
    """Return the table with each line under all versions of its type that upcasters name.

    The journal holds events in the version that was ingested: after an upcaster ran, or, in older
    rows, before the upcaster existed.
    """
    older = [version for kinds in upcasters for kind in kinds if (version := Version.read(kind))]
    known = {str(each) for version in older for each in (version, version.next())}
    found = {each: line for kind, line in table.items() for each in sorted(versions(kind, known))}
    return found | dict(table)
