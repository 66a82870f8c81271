"""Filters in the aggregates' own words: one type's subject may be called `receiver`, say."""

from collections.abc import Collection, Mapping

from chassis.application.streaming.messages import Subscribe
from chassis.application.streaming.streamed import StreamTable
from chassis.domain.errors import Invalid

SUBJECT = "subject"


def filters_of(table: StreamTable) -> list[str]:
    """Return the table's names for its filters."""
    return sorted({name for each in table.values() for name in (each.subject, each.tag) if name})


def own_words(table: StreamTable) -> list[str]:
    """Return the table's names for its filters, other than `subject` itself."""
    return [name for name in filters_of(table) if name != SUBJECT]


def subscribe_by_words(
    table: StreamTable,
    types: Collection[str],
    words: Mapping[str, str | None],
    cursor: str | None,
) -> Subscribe:
    """Return the message for filters by name; `None` is no filter, and no types are all.

    `subject` is the subject of any type. Another word leaves out all types that do not have it.
    Raises `Invalid` for words that leave nothing, contradict each other, or have two meanings.
    """
    given = {name: value for name, value in words.items() if value is not None}
    subject, tag = given.pop(SUBJECT, None), None
    wanted = _having(given, table, types)
    for name, value in given.items():
        places = {table[kind].subject == name for kind in wanted if kind in table}
        if len(places) > 1:
            raise Invalid(name, "is the subject of one type and not of another: choose a type")
        if places == {True}:
            if subject not in (None, value):
                raise Invalid(name, "differs from the subject: give one of them")
            subject = value
        else:
            tag = value
    return Subscribe(types=tuple(sorted(wanted)), subject=subject, tag=tag, cursor=cursor or None)


def _having(words: Collection[str], table: StreamTable, types: Collection[str]) -> set[str]:
    """Return the types that have the words; a type that is not streamed stays, to be refused."""
    wanted = set(types)
    for name in words:
        wanted = {
            kind
            for kind in wanted or table
            if kind not in table or name in (table[kind].subject, table[kind].tag)
        }
        if not wanted:
            raise Invalid(name, "is not a filter of these types")
    return wanted
