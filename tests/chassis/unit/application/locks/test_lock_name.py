import re

import pytest

from chassis.application.locks.lock_name import check_name, kind_of


@pytest.mark.parametrize(
    "name", ("a", "7", "a_b.c-d", "x" * 64, "order:42", "order:A/b?c:d~!", "order:" + "x" * 100)
)
def test_a_kind_with_or_without_an_id_is_a_name(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ("_a", "aB", "order:é", "order: 1"))
def test_a_malformed_name_is_refused_with_an_example(name: str) -> None:
    told = f"a lock is named {name!r}: write it as invoices or order:42"
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        check_name(name)


@pytest.mark.parametrize(("name", "kind"), (("order:4:2", "order"), ("invoices", "invoices")))
def test_the_kind_is_the_part_before_the_id(name: str, kind: str) -> None:
    assert kind_of(name) == kind
