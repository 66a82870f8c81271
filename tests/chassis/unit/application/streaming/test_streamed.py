"""The streamed types of each subscriber."""

import pytest

from chassis.application.access.caller import ANONYMOUS, Caller
from chassis.application.errors import Forbidden
from chassis.application.streaming.streamed import Streamed, readable
from chassis.domain.errors import Invalid

TABLE = {
    "order.placed.v1": Streamed("order", "orders:read"),
    "order.shipped.v1": Streamed("shipment", "orders:read"),
    "note.sent.v1": Streamed("note", "notes:read", subject="receiver", tag="kind"),
}
NOTES = frozenset({"note.sent.v1"})
ORDERS = frozenset({"order.placed.v1", "order.shipped.v1"})


def caller(*scopes: str) -> Caller:
    return Caller(name="ada", scopes=frozenset(scopes))


ADMIN = Caller(name="ada", is_admin=True)


@pytest.mark.parametrize("all_of_them", (ADMIN, caller("orders:read", "notes:read"), ANONYMOUS))
def test_whoever_may_read_all_gets_all_there_are(all_of_them: Caller) -> None:
    assert readable(TABLE, (), all_of_them) is None
    assert readable(TABLE, tuple(TABLE), all_of_them) is None
    assert readable(TABLE, ("note.sent.v1",), all_of_them) == NOTES


def test_whoever_names_no_type_gets_those_that_it_may_read() -> None:
    assert readable(TABLE, (), caller("orders:read")) == ORDERS
    assert readable(TABLE, (), caller("notes:read", "other")) == NOTES


def test_a_type_that_the_caller_may_not_read_is_refused_with_the_scope() -> None:
    wanted = ("order.placed.v1", "note.sent.v1")
    with pytest.raises(Forbidden, match="needs the scope notes:read"):
        readable(TABLE, wanted, caller("orders:read"))


def test_whoever_may_read_nothing_is_refused_with_the_scopes() -> None:
    with pytest.raises(Forbidden, match=r"one of these scopes, .*: notes:read, orders:read$"):
        readable(TABLE, (), caller("other"))


@pytest.mark.parametrize("asking", (ADMIN, caller("other")))
def test_a_type_that_is_not_streamed_is_refused_with_those_that_are(asking: Caller) -> None:
    with pytest.raises(Invalid) as caught:
        readable(TABLE, ("order.placed.v1", "order.v1"), asking)

    assert caught.value.field == "type"
    known = "note.sent.v1, order.placed.v1, order.shipped.v1"
    assert caught.value.reason == f"is not streamed: choose from {known}"


def test_one_version_stands_for_all_that_the_table_has() -> None:
    table = TABLE | {"note.sent.v2": TABLE["note.sent.v1"]}

    for name in ("note.sent.v1", "note.sent.v2"):
        assert readable(table, (name,), ADMIN) == NOTES | {"note.sent.v2"}


def test_a_version_that_needs_another_scope_is_not_given_away() -> None:
    table = TABLE | {"note.sent.v2": Streamed("note", "secrets:read")}

    with pytest.raises(Forbidden, match="needs the scope secrets:read"):
        readable(table, ("note.sent.v1",), caller("notes:read"))
