import pytest

from app.application.notification.messages import READ, WRITE
from chassis.application.access.caller import ANONYMOUS, Caller
from chassis.application.access.scopes import ADMIN
from chassis.application.errors import Forbidden

ADMINISTRATOR = Caller(name="root", is_admin=True)


def caller(*receivers: str, scope: str = READ) -> Caller:
    return Caller(name="ada", scopes=frozenset((scope,)), receivers=receivers)


def test_a_scope_is_had_or_not() -> None:
    caller(scope=WRITE).check(WRITE)

    with pytest.raises(Forbidden, match="notifications:read"):
        caller(scope=WRITE).check(READ)


def test_holding_a_scope_is_told_without_an_error() -> None:
    assert caller(scope=WRITE).holds(WRITE)
    assert not caller(scope=WRITE).holds(READ)
    assert ADMINISTRATOR.holds("orders:ship")
    assert not caller(scope=ADMIN).holds(ADMIN)
    assert not Caller(name="ada").holds(READ)


def test_admin_holds_the_others_and_reads_all() -> None:
    for scope in (READ, WRITE, ADMIN, "orders:ship"):
        ADMINISTRATOR.check(scope)
    assert ADMINISTRATOR.may_read("anybody")
    assert ADMINISTRATOR.readable(None) is None


def test_no_scope_of_a_token_makes_an_administrator() -> None:
    with pytest.raises(
        Forbidden, match=r"^this needs the scope of administrators, which the token lacks$"
    ):
        caller(scope=ADMIN).check(ADMIN)


def test_whoever_names_a_receiver_gets_that_one_or_nothing() -> None:
    reader = caller("ada", "team-*")

    assert reader.readable("ada") == "ada"
    assert reader.readable("team-7") == "team-7"
    with pytest.raises(Forbidden, match="this receiver"):
        reader.readable("bob")


def test_a_pattern_as_a_name_is_a_name() -> None:
    # It fits the pattern, but no receiver has that name.
    assert caller("team-*").readable("team-*") == "team-*"
    with pytest.raises(Forbidden):
        caller("team-7").readable("team-*")
    with pytest.raises(Forbidden):
        caller("team-7").readable("*")


def test_whoever_reads_one_need_not_name_it() -> None:
    assert caller("ada").readable(None) == "ada"


@pytest.mark.parametrize("receivers", ((), ("ada", "bob"), ("team-*",)))
def test_whoever_reads_some_or_none_has_to_name_one(receivers: tuple[str, ...]) -> None:
    with pytest.raises(Forbidden, match="name one"):
        caller(*receivers).readable(None)


def test_whoever_reads_all_need_not_name_any() -> None:
    assert caller("*").readable(None) is None
    assert caller("*").readable("bob") == "bob"


def test_where_nobody_is_asked_all_may_be_done() -> None:
    ANONYMOUS.check(ADMIN)
    assert ANONYMOUS.readable(None) is None
