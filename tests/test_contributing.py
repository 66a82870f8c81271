import re

import pytest

from tools.service import ROOT

PAGE = (ROOT / "docs" / "contributing" / "how-it-is-built.md").read_text()
NOXFILE = (ROOT / "noxfile.py").read_text()
SESSIONS = re.findall(r"^@nox\.session.*\n(?:@.+\n)*def (\w+)", NOXFILE, re.MULTILINE)
SOURCES = [ROOT / "copier.yml", *(ROOT / "questions").glob("*.yml")]


@pytest.mark.parametrize("session", SESSIONS)
def test_page_says_what_each_session_shows(session: str) -> None:
    assert re.search(rf"^\|.*`\./run '?{session}\b.*\|", PAGE, re.MULTILINE)


def test_page_names_no_session_that_is_not_there() -> None:
    assert set(re.findall(r"\./run '?(\w+)", PAGE)) == set(SESSIONS)


def test_quoted_settings_are_those_of_the_template() -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert blocks
    sources = [path.read_text() for path in SOURCES]
    assert [block for block in blocks if not any(block in text for text in sources)] == []


def test_page_names_no_file_that_is_not_there() -> None:
    named = re.findall(r"`([\w./{}-]+(?:/|\.(?:py|md|yml|json|txt)))`", PAGE)
    places = [ROOT, ROOT / "tests", ROOT / "questions", ROOT / "template" / "src" / "app"]
    assert len(named) > 20
    there = {name for place in places for name in named if (place / name).exists()}
    there |= {name for place in places for name in named if (place / f"{name}.jinja").exists()}
    assert set(named) - there == set()
