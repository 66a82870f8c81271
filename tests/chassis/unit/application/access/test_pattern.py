import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.application.access.pattern import matches

SMALL = st.text(alphabet="ab*.", max_size=12)


@pytest.mark.parametrize(
    ("pattern", "text"),
    (
        ("ada", "ada"),
        ("*", ""),
        ("*", "anybody"),
        ("team-*", "team-"),
        ("team-*", "team-7"),
        ("*-7", "team-7"),
        ("t*-*7", "team-7"),
        ("a*b*c", "a-b-b-c"),
        ("a**c", "abc"),
        ("team.*", "team.x"),
        ("*", "team-*"),
    ),
)
def test_what_fits(pattern: str, text: str) -> None:
    assert matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    (
        ("ada", "adam"),
        ("ada", "Ada"),
        ("", "ada"),
        ("team-*", "team"),
        ("team-*", "my-team-7"),
        ("aba*aba", "aba"),
        ("a*b*c", "a-c"),
        ("*b*b*", "ab-"),
        ("team.*", "team-x"),
        ("[a-z]*", "ada"),
        ("ad?", "ada"),
    ),
)
def test_what_does_not(pattern: str, text: str) -> None:
    assert not matches(pattern, text)


@given(SMALL, SMALL)
def test_it_is_what_a_slow_one_says(pattern: str, text: str) -> None:
    assert matches(pattern, text) == slow(pattern, text)


def test_many_stars_take_no_longer() -> None:
    # A regular expression of these tries more ways than there are atoms.
    assert not matches("*a" * 2000, "a" * 1999)


def slow(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(slow(pattern[1:], text[cut:]) for cut in range(len(text) + 1))
    return text[:1] == pattern[0] and slow(pattern[1:], text[1:])
