"""The output of commands."""

import json

import pytest

from chassis.cli.output import plain, print_json
from chassis.domain.text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    (
        ("plain: ж 漢 é", "plain: ж 漢 é"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b2J", "\\x9b2J"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("\u202eright to left", "\\u202eright to left"),
        ("\ud800", "\\ud800"),
    ),
)
def test_only_what_stays_in_its_place_is_printed_as_it_is(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_what_is_printed_as_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"id": "\x9b2J\x1b\u202e\x7f", "emoji \U0001f600 \U000e0001": "é\n"}

    print_json(value)

    told = capsys.readouterr().out
    assert json.loads(told) == value
    assert all(line.isprintable() for line in told.splitlines())


def test_a_cell_has_no_markup_and_no_escapes() -> None:
    assert plain("[red]\x1b[2J").plain == "[red]\\x1b[2J"
