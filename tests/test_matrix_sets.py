import copy
from itertools import combinations, product

import pytest

from tests.questions import QUESTIONS
from tools.matrix import values as module
from tools.matrix.sets import answers, count, multiplied, named, pairwise
from tools.matrix.values import Value, asked, is_taken, values

PAIRS = pairwise()


def test_every_question_that_can_be_answered_is() -> None:
    assert set(asked()) == set(QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_value_is_taken_by_its_question(name: str) -> None:
    found = values(name)
    assert len(found) == len(set(found)) > 0
    told = [list(it) if isinstance(it, tuple) else it for it in found if it is not None]
    assert all(is_taken(name, value) for value in told)


@pytest.mark.parametrize("name", ["roles", "transports", "deploy"])
def test_subsets_are_all_there_and_the_empty_one_where_it_is_taken(name: str) -> None:
    question = QUESTIONS[name]
    every = 2 ** len(question["choices"])
    assert len(values(name)) == every - ("validator" in question)
    assert (() in values(name)) is ("validator" not in question)


@pytest.mark.parametrize(("name", "most"), [("project_name", 80), ("author", 100)])
def test_texts_are_odd_and_as_long_as_may_be(name: str, most: int) -> None:
    texts = [value for value in values(name) if isinstance(value, str)]
    assert max(map(len, texts)) == most
    assert all(any(mark in text for text in texts) for mark in ('"', "'", "\\", "{{", "😀", "知"))


def test_every_pair_of_values_of_any_two_questions_is_in_a_set() -> None:
    for one, other in combinations(parts(), 2):
        tried = {(part(it, *one), part(it, *other)) for it in PAIRS.values()}
        assert {*product(told(*one), told(*other))} - never(one, other) <= tried


def parts() -> list[tuple[str, str | None]]:
    """Return the questions that have one answer, and each choice of the others."""
    found: list[tuple[str, str | None]] = []
    for name, question in asked().items():
        choices = question["choices"].values() if question.get("multiselect") else (None,)
        found += [(name, choice) for choice in choices]
    return found


def told(name: str, choice: str | None) -> tuple[Value | bool, ...]:
    return values(name) if choice is None else (True, False)


def part(answer_set: object, name: str, choice: str | None) -> Value | bool:
    found = said(answer_set, name)
    return found if choice is None else isinstance(found, tuple) and choice in found


def never(
    one: tuple[str, str | None], other: tuple[str, str | None]
) -> set[tuple[Value | bool, Value | bool]]:
    """Return the pair of two noes, if the question has only these choices and needs one."""
    (name, _), (same, _) = one, other
    is_whole = name == same and len(asked()[name]["choices"]) == 2
    return {(False, False)} if is_whole and () not in values(name) else set()


def test_pairs_are_a_small_part_of_all_sets() -> None:
    assert len(PAIRS) < 40 < count(asked())


def test_product_has_every_set_of_roles_and_transports_however_small_it_is_to_be() -> None:
    few = [*multiplied(1).values()]
    assert len(few) == count(["roles", "transports"])
    parts = {(said(it, "roles"), said(it, "transports")) for it in few}
    assert parts == set(product(values("roles"), values("transports")))


def test_product_takes_further_choices_while_it_stays_small() -> None:
    every = count(name for name in asked() if "choices" in asked()[name])
    assert len(multiplied(every)) == every
    few = count(["roles", "transports"])
    limits = (1, 2 * few, 6 * few)
    sizes = [len(multiplied(many)) for many in limits]
    assert sizes == sorted(set(sizes))
    assert all(size <= max(many, sizes[0]) for size, many in zip(sizes, limits, strict=True))


def test_new_choice_is_tried_as_soon_as_the_questions_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    roles = copy.deepcopy(QUESTIONS["roles"])
    roles["choices"]["Auditor, which keeps what was done"] = "auditor"
    monkeypatch.setitem(module._QUESTIONS, "roles", roles)
    values.cache_clear()
    try:
        few = multiplied(1)
        assert len(few) == 15 * count(["transports"])
        assert {"roles": ["producer", "auditor"], "transports": ["http"]} in few.values()
        assert any(it["roles"] == ["auditor"] for it in pairwise().values())
    finally:
        values.cache_clear()


def test_names_are_of_one_set_each() -> None:
    every = [*named(), *PAIRS, *multiplied()]
    assert len(every) == len(set(every))


def test_default_is_not_said() -> None:
    given = (("roles", ("producer",)), ("author", None), ("deploy", ()))
    assert answers(given) == {"roles": ["producer"], "deploy": []}


def said(answer_set: object, name: str) -> Value:
    assert hasattr(answer_set, "get")
    value = answer_set.get(name)
    return tuple(value) if isinstance(value, list) else value
