"""The changes of the rows of a claim."""

from sqlalchemy import ColumnElement, Delete, Update, bindparam, delete, update

from chassis.infrastructure.database.outbox.table import outbox


def changes(are_they: ColumnElement[bool]) -> tuple[Delete, Update]:
    """Return a statement that deletes the matching rows, and one that sets `tries` and `due`."""
    postpone = update(outbox).values(attempts=bindparam("tries"), due_at=bindparam("due"))
    return delete(outbox).where(are_they), postpone.where(are_they)
