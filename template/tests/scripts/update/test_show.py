from rich.console import Console

from scripts.update.comparison import Comparison
from scripts.update.show import show_news, show_outcome


def shown() -> Console:
    return Console(record=True, width=200, force_terminal=False)


def test_what_will_come_is_counted_and_named_up_to_a_dozen() -> None:
    console = shown()

    show_news(
        console, "## 0.2.0\n\n- News.", Comparison(["a [b].py"], [str(n) for n in range(20)], [])
    )

    text = console.export_text()
    assert "0.2.0" in text
    assert "News." in text
    assert "1 added\n  a [b].py\n" in text
    assert "20 changed" in text
    assert "  11\n  and 8 more\n" in text
    assert "removed" not in text


def test_nothing_that_changes_is_said_to_be_nothing() -> None:
    console = shown()

    show_news(console, "", Comparison([], [], []))

    assert console.export_text() == "No file of the template changes.\n"


def test_what_is_left_to_be_done_is_named() -> None:
    console = shown()

    show_outcome(console, ["README.md"], ["consumer.py", "relay.py"], "NOTES.md")

    text = console.export_text()
    assert "1 conflict:" in text
    assert "2 edited files brought back" in text
    assert "<<<<<<<" in text
    assert "  README.md\n" in text
    assert "NOTES.md says what was changed" in text
    assert "  consumer.py\n" in text
    assert "Updated" not in text


def test_where_nothing_is_left_it_says_so() -> None:
    console = shown()

    show_outcome(console, [], [], "NOTES.md")

    assert "look at `git diff`, and commit" in console.export_text()
