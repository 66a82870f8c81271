from rich.console import Console

from scripts.update.carry import Carried
from scripts.update.comparison import Comparison
from scripts.update.rescue import Rescued
from scripts.update.settle import Outcome
from scripts.update.show import show_carried, show_news, show_outcome


def shown() -> Console:
    return Console(record=True, width=200, force_terminal=False, soft_wrap=True)


def test_what_will_come_is_counted_and_named_up_to_a_dozen() -> None:
    console = shown()

    show_news(
        console,
        "## 0.2.0\n\n- News.",
        Comparison(["a [b].py"], [str(n) for n in range(20)], [], []),
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

    show_news(console, "", Comparison([], [], [], []))

    assert console.export_text() == "No file of the template changes.\n"


def test_a_long_line_of_the_changelog_is_broken_at_the_width_and_not_cropped() -> None:
    console = Console(record=True, width=40, force_terminal=False, soft_wrap=True)
    words = [f"word{number}" for number in range(30)]

    show_news(console, f"## 0.2.0\n\n- {' '.join(words)}", Comparison([], [], [], []))

    text = console.export_text()
    assert [word for word in words if word not in text.split()] == []
    assert max(map(len, text.splitlines())) <= 40


def test_what_moves_is_named_with_what_becomes_of_the_users_work() -> None:
    console = shown()
    places = {"a.py": "b/a.py", "c/own [1].py": "d/own [1].py"}

    show_news(console, "", Comparison([], [], ["a.py -> b/a.py"], []))
    show_carried(
        console,
        Carried({}, {}, places, ["a.py"], ["c/own [1].py"], ["mine.py"], ["mine.py: a.x -> b.a.x"]),
    )

    text = console.export_text()
    assert "1 moved\n  a.py -> b/a.py\n" in text
    assert "1 edited file to be moved with your changes" in text
    assert "would delete them:\n  a.py -> b/a.py\n" in text
    assert "1 file of your own in folders that move" in text
    assert "looks for them:\n  c/own [1].py -> d/own [1].py\n" in text
    assert "would leave them broken:\n  mine.py\n" in text
    assert "1 name in them outside of imports, look at each:\n  mine.py: a.x -> b.a.x\n" in text


def test_nothing_is_said_of_moves_where_there_are_none() -> None:
    console = shown()

    show_carried(console, Carried({}, {}, {}, [], [], [], []))

    assert console.export_text() == ""


def test_what_is_left_to_be_done_is_named() -> None:
    console = shown()
    rescued = [Rescued("consumer.py", ""), Rescued("relay.py", "")]

    show_outcome(console, Outcome(["README.md"], rescued, ["tcp.py"]), ["tests/e2e/new.py"])

    text = console.export_text()
    assert "1 conflict:" in text
    assert "2 edited files of which the template has no more, kept in dropped/" in text
    assert "<<<<<<<" in text
    assert "  README.md\n" in text
    assert "UPDATE-NOTES.md says what was changed" in text
    assert "  consumer.py\n" in text
    assert "1 edited file back from dropped/:\n  tcp.py\n" in text
    assert "1 new file left out" in text
    assert "  tests/e2e/new.py\n" in text
    assert "Updated" not in text


def test_where_nothing_is_left_it_says_so() -> None:
    console = shown()

    show_outcome(console, Outcome([], [], []), [])

    assert "look at `git diff HEAD`, and commit" in console.export_text()
