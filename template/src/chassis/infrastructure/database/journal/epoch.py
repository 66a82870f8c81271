"""The journal's epoch: a new one begins when the database may assign positions a second time."""

import secrets

from sqlalchemy import case, select, update

from chassis.infrastructure.database.journal.table import journal_epoch
from chassis.infrastructure.database.transaction import SqlTransaction

_columns = journal_epoch.c


async def is_continued(transaction: SqlTransaction) -> bool:
    """Return whether the server's timeline is the recorded one, or is unknown."""
    timeline = await _timeline(transaction)
    recorded = (await transaction.execute(select(_columns.timeline))).scalar_one()
    return timeline is None or timeline == recorded


async def continue_epoch(transaction: SqlTransaction) -> None:
    """Record the server's timeline; start a new epoch if another one was recorded."""
    timeline = await _timeline(transaction)
    if timeline is None:
        return
    # One statement: a replica that waited for another one's finds the same timeline, and no row.
    change = (
        update(journal_epoch)
        .where(_columns.timeline.is_distinct_from(timeline))
        .values(
            epoch=case((_columns.timeline.is_(None), _columns.epoch), else_=_new()),
            timeline=timeline,
        )
    )
    await transaction.execute(change)


async def draw_epoch(transaction: SqlTransaction, old: str) -> None:
    """Start a new epoch, unless it is another one than `old` already."""
    # The timeline, too, or it would differ a moment later.
    await continue_epoch(transaction)
    change = update(journal_epoch).where(_columns.epoch == old).values(epoch=_new())
    await transaction.execute(change)


async def _timeline(transaction: SqlTransaction) -> str | None:
    return await transaction.dialect.timeline(await transaction.connection())


def _new() -> str:
    return secrets.token_hex(4)
