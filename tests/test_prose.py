import subprocess
import sys
from pathlib import Path

import pytest

from tools.prose.check import check
from tools.prose.paths import ROOT, checked_paths

PLANTED = {
    "Of the deliveries that wait the consumer takes one hundred at once.": "opening",
    "Where the broker is away, the relay waits.": "opening",
    "Whoever asks gets an answer.": "opening",
    "What the consumer acks is what it has stored.": "opening",
    "The cache is read when nobody has changed it.": "actor",
    "The token is that of somebody else.": "actor",
    "A message that fails five times is parked.": "private word",
    "Each rung of the retry schedule has a queue.": "private word",
    "The relay rings the bell of the consumer.": "private word",
    "SubscriberRegistry requests are stored as one batch.": "class name",
    "The service stores the notification and its event in one transaction, and then answers the "
    "caller with an id that is unique in every database and never used again.": "length",
}
PLAIN = """# Where to go

The consumer acks a delivery after the commit. `SubscriberRegistry` knows PostgreSQL, and the alert
is DeadLetters. Who reads `parked`? A queue does, and `whoever` not.

The relay publishes, waits for the confirm of the broker, and deletes the rows; a row that was not
confirmed stays.

```sh
# Of the ladder nobody tells.
```

    Whoever sets aside what is parked

<p>Nobody</p>

--8<-- "docs/nobody.md:Whoever"
"""


@pytest.mark.parametrize(("sentence", "rule"), PLANTED.items())
def test_planted_sentence_is_found(tmp_path: Path, sentence: str, rule: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\nThe first is plain.\n{sentence} The last is plain.\n")
    assert [(found.rule, found.line, found.sentence) for found in check(page)] == [
        (rule, 4, sentence)
    ]


@pytest.mark.parametrize("end", ["", ".jinja"])
def test_plain_page_passes(tmp_path: Path, end: str) -> None:
    page = tmp_path / f"page.md{end}"
    page.write_text(PLAIN)
    assert list(check(page)) == []


def test_sentence_of_25_words_passes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{'word ' * 25}— `code with more words`.\n\n{'word ' * 26}\n")
    assert [(found.rule, found.line) for found in check(page)] == [("length", 1), ("length", 3)]
    page.write_text(f"{'word ' * 24}— `code with more words`.\n")
    assert list(check(page)) == []


def test_lists_and_tables_are_read(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("- One\n- Nobody\n\n| a | b |\n|---|---|\n| Who waits | `Who` |\n")
    assert [(found.rule, found.line) for found in check(page)] == [("actor", 2), ("opening", 6)]


def test_help_texts_messages_and_comments_of_questions_are_read(tmp_path: Path) -> None:
    page = tmp_path / "questions.yml"
    page.write_text(
        "# Nobody asks.\n"
        "slug:\n"
        "  help: >-\n"
        "    Who are you\n"
        "  default: Nobody\n"
        "_message_after_copy: |\n"
        "  {% if slug %}\n"
        "  Of {{ slug }} all is made.\n"
        "  {% endif %}\n"
        "name:\n"
        "  validator: >-\n"
        f"    {{% if a %}} {'word ' * 20} {{% elif b %}}\n"
        f"    {'word ' * 20} {{% endif %}}\n"
    )
    found = [(found.line, found.rule, found.sentence) for found in check(page)]
    assert found == [
        (4, "opening", "Who are you"),
        (8, "opening", "Of CODE all is made."),
        (1, "actor", "Nobody asks."),
    ]


def test_comments_of_settings_are_read(tmp_path: Path) -> None:
    page = tmp_path / ".env.example.jinja"
    page.write_text("{% if a %}\n# Nobody asks.\n# NOBODY=1\n{% endif %}\nSOMEBODY=nobody\n")
    assert [(found.line, found.sentence) for found in check(page)] == [(2, "Nobody asks.")]


def test_docstrings_and_comments_of_python_are_read(tmp_path: Path) -> None:
    page = tmp_path / "module.py"
    page.write_text('"""Nobody asks."""\n\nNAME = """\n# Nobody\n"""\n# Somebody answers.\n')
    assert [(found.line, found.sentence) for found in check(page)] == [
        (1, "Nobody asks."),
        (6, "Somebody answers."),
    ]


def test_parameter_of_a_command_is_a_passage(tmp_path: Path) -> None:
    page = tmp_path / "module.py"
    lines = ["Do it.", "", "Parameters", "----------", "one", f"    {'word ' * 20}", "two"]
    lines += [f"    {'word ' * 20}", "    Somebody answers."]
    text = "\n".join(f"    {line}".rstrip() for line in lines)
    page.write_text(f'def command(one, two):\n    """{text.strip()}\n    """\n')
    assert [(found.line, found.rule) for found in check(page)] == [(9, "actor")]


def test_released_part_of_a_changelog_is_left_out(tmp_path: Path) -> None:
    page = tmp_path / "CHANGELOG.md"
    page.write_text("# Changelog\n\n## Unreleased\n\n- Nobody.\n\n## 0.1.0\n\n- Somebody.\n")
    assert [(found.line, found.sentence) for found in check(page)] == [(5, "Nobody.")]


def test_command_fails_and_names_the_sentence(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("Nobody reads.\n")
    command = [sys.executable, "-m", "tools.prose", str(tmp_path / "page.md")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        done.stdout == f'{tmp_path}/page.md:1: actor: "Nobody": name who it is\n    Nobody reads.\n'
    )


def test_every_file_of_the_list_is_plain() -> None:
    assert [str(found) for path in checked_paths() for found in check(path)] == []
