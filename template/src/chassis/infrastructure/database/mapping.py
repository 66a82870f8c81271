"""Maps rows and entities by name, so a new field is a new column and nothing else."""

from collections.abc import Callable, Collection, Iterable
from operator import attrgetter
from typing import Any

from sqlalchemy import Table


class Mapping[Entity]:
    """Maps a table to a class whose fields are named as the table's columns.

    `other_columns` are the columns that are no fields.
    """

    def __init__(
        self, table: Table, entity: Callable[..., Entity], other_columns: Collection[str] = ()
    ) -> None:
        self.columns = tuple(column for column in table.c if column.name not in other_columns)
        # Plain texts: SQLAlchemy's own class of names makes the lookup of attributes twice as slow.
        self.names = tuple(str(column.name) for column in self.columns)
        self._entity = entity
        self._values = attrgetter(*self.names)

    def to_row(self, entity: Entity) -> tuple[Any, ...]:
        """Return the values to store for `entity`, in the order of `names`."""
        values: tuple[Any, ...] = self._values(entity)
        return values

    def to_entity(self, values: Iterable[Any]) -> Entity:
        """Return the entity with these values, given in the order of `columns`."""
        return self._entity(**dict(zip(self.names, values, strict=True)))
