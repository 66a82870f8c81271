"""Text for a terminal."""

import pytest

from chassis.domain.text import printable, printable_json, printable_lines

# Each begins, or hides, a command of a terminal.
CONTROLS = "\x1b\x9b\u202e"


def test_what_controls_a_terminal_is_escaped_and_the_rest_stays() -> None:
    assert printable("plain é") == "plain é"
    assert printable(f"a{CONTROLS}é\n") == r"a\x1b\x9b\u202eé\n"


def test_a_line_feed_ends_a_line_and_nothing_else_does() -> None:
    assert printable_lines("a\nb\x1b\rc") == "a\nb\\x1b\\rc"


def test_json_stays_the_same_json() -> None:
    assert printable_json('{"a": "é\x9b"}\n') == '{"a": "é\\u009b"}\n'
    assert printable_json("plain") == "plain"


@pytest.mark.parametrize("text", ("", "a", "é"))
def test_printable_text_is_itself(text: str) -> None:
    assert printable(text) is text
