"""Between rows and entities: by name, so a new field is a new column and nothing else."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Table


class Mapping[Entity]:
    """Maps a table to a class whose fields are named as the table's columns."""

    def __init__(self, table: Table, entity: Callable[..., Entity]) -> None:
        self._names = tuple(table.c.keys())
        self._entity = entity

    def to_row(self, entity: Entity) -> dict[str, Any]:
        """Return the values to store for `entity`."""
        return {name: getattr(entity, name) for name in self._names}

    def to_entity(self, values: Iterable[Any]) -> Entity:
        """Return the entity with these values, given in the order of the table's columns."""
        return self._entity(**dict(zip(self._names, values, strict=True)))
