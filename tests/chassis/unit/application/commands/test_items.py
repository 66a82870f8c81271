import pytest

from chassis.application.commands.items import check_some, check_total, numbered, placed
from chassis.application.errors import TooMany
from chassis.domain.errors import Invalid


def test_a_command_needs_one_item_at_least() -> None:
    check_some("orders", [1], "order")
    with pytest.raises(Invalid, match=r"^orders: must have at least one order$"):
        check_some("orders", [], "order")


def test_a_command_takes_no_more_items_than_fit_into_it() -> None:
    check_total(3, 3, "orders")
    with pytest.raises(TooMany, match=r"^at most 3 orders fit into one request$"):
        check_total(4, 3, "orders")
    with pytest.raises(TooMany, match=r"^at most 3 orders fit into one call$"):
        check_total(4, 3, "orders", "call")


@pytest.mark.parametrize(
    ("index", "count", "field"), ((0, 1, "total"), (0, 2, "[0].total"), (11, 12, "[11].total"))
)
def test_a_field_has_the_number_of_its_item_where_there_are_several(
    index: int, count: int, field: str
) -> None:
    error = numbered(Invalid("total", "is bad"), index, count)

    assert (error.field, error.reason) == (field, "is bad")


@pytest.mark.parametrize(
    ("field", "name", "first", "told"),
    (
        ("total", "", 0, "[0].total"),
        ("[3].total", "", 0, "[3].total"),
        ("total", "orders", 0, "orders[0].total"),
        ("[3].total", "orders", 0, "orders[3].total"),
        ("total", "orders", 40, "orders[40].total"),
        ("[3].data.a[0]", "orders", 40, "orders[43].data.a[0]"),
    ),
)
def test_a_field_is_told_by_its_place_in_the_callers_array(
    field: str, name: str, first: int, told: str
) -> None:
    error = placed(Invalid(field, "is bad"), name, first)

    assert (error.field, error.reason) == (told, "is bad")


def test_an_array_without_a_name_begins_at_its_first_item() -> None:
    assert placed(Invalid("total", "is bad")).field == "[0].total"
