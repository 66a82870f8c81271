"""What commands print."""

import pytest

from app.cli.output import printable


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
