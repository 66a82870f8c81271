"""Every environment is either usable, or reported by name and never by value."""

import string
from contextlib import suppress

from hypothesis import assume, given
from hypothesis import strategies as st

from chassis.application.retry_schedule import (
    LONGEST_DELAY,
    MOST_DELAYS,
    SHORTEST_DELAY,
    RetrySchedule,
)
from chassis.bootstrap.configuration import Configuration, declared
from chassis.bootstrap.environment import Environment, SettingsError, names_of
from chassis.bootstrap.secrets import shown

SECRET = "hush-1c9e"

names = st.sampled_from(sorted({name for kind in declared() for name in names_of(kind)}))
schemes = st.sampled_from(["memory", "amqp", "redis", "postgresql+asyncpg", "sqlite+aiosqlite", ""])
# An environment has neither NULs nor lone surrogates that stand for no byte.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
numbers = st.integers().map(str) | st.floats().map(str)
urls = st.builds(lambda scheme, rest: f"{scheme}://{rest}", schemes, texts)
any_value = texts | numbers | urls
passwords = st.text(string.ascii_letters + string.digits + "%:@/?#&=", max_size=10)


def read(values: dict[str, str]) -> Configuration | SettingsError:
    """Return the settings for these values, or the reported errors."""
    try:
        return Configuration.read(Environment(values))
    except SettingsError as error:
        return error


@given(st.dictionaries(names, any_value, max_size=4))
def test_any_values_are_used_or_told_by_name(values: dict[str, str]) -> None:
    found = read(values)

    if isinstance(found, SettingsError):
        assert found.problems
        assert all(any(name in problem for name in values) for problem in found.problems)
    else:
        # A value that every part of the service reads must not fail later.
        assert all(found.settings.bindings)
        assert found.settings.retry_schedule.delay(MOST_DELAYS + 1) is None


@given(name=names, before=texts, after=texts)
def test_no_problem_tells_a_value(name: str, before: str, after: str) -> None:
    found = read({name: f"{before}{SECRET}{after}"})

    assert not isinstance(found, SettingsError) or SECRET not in str(found)


@given(scheme=schemes, user=passwords, password=passwords, place=texts)
def test_what_is_shown_of_a_url_has_no_password(
    scheme: str, user: str, password: str, place: str
) -> None:
    secret = f"{password}{SECRET}"
    assume("@" not in place)
    url = f"{scheme}://{user}:{secret}@{place}"

    assert SECRET not in str(shown("BROKER_URL", url))


@given(st.lists(st.floats(SHORTEST_DELAY, LONGEST_DELAY), min_size=1, max_size=MOST_DELAYS))
def test_a_retry_schedule_is_read_as_it_is_written(delays: list[float]) -> None:
    assert RetrySchedule.read(",".join(map(repr, delays))).delays == tuple(delays)


@given(texts | st.lists(numbers, max_size=20).map(",".join))
def test_any_text_is_a_retry_schedule_or_refused(text: str) -> None:
    schedule = RetrySchedule()
    with suppress(ValueError):
        schedule = RetrySchedule.read(text)

    assert len(schedule.delays) <= MOST_DELAYS
    assert all(SHORTEST_DELAY <= delay <= LONGEST_DELAY for delay in schedule.delays)
