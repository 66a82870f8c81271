from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from chassis.domain.errors import Invalid
from tests.unit.support import make_notification


def test_a_sound_notification_is_returned_as_it_is() -> None:
    notification = make_notification(actioner="bob", action_data={"a": [1]})

    assert notification.checked() is notification


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    (
        ("receiver", "", "1 to 64 characters"),
        ("action_type", "a" * 65, "1 to 64 characters"),
        ("actioner", "", "1 to 64 characters, or be left out"),
        ("actioner", "a" * 65, "1 to 64 characters, or be left out"),
        ("actioner", "a\0", "NUL"),
        ("actioner", "\udc00", "lone surrogates"),
        ("fired_at", datetime(2026, 1, 1), "must have an offset"),
        ("fired_at", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "years 1 and 9999"),
        (
            "fired_at",
            datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=1))),
            "years 1 and 9999",
        ),
    ),
)
def test_each_rule_is_checked_and_names_its_field(field: str, value: Any, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as caught:
        make_notification(**{field: value}).checked()

    assert caught.value.field.startswith(field)


@pytest.mark.parametrize("year", (1, 1969, 9999))
def test_fired_at_is_only_data_and_may_lie_anywhere(year: int) -> None:
    make_notification(fired_at=datetime(year, 1, 1, tzinfo=UTC)).checked()


def test_an_actioner_need_not_be_short_once_encoded() -> None:
    make_notification(actioner="ж" * 64).checked()
