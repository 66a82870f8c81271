import re

import pytest

from tools.service import ROOT

PAGE = (ROOT / "docs" / "contributing" / "how-it-is-built.md").read_text()
CI = (ROOT / ".ci" / "run").read_text()
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
    packages = [ROOT / "template" / "src" / name for name in ("app", "chassis")]
    places = [ROOT, ROOT / "tests", ROOT / "questions", *packages]
    assert len(named) > 20
    there = {name for place in places for name in named if (place / name).exists()}
    there |= {name for place in places for name in named if (place / f"{name}.jinja").exists()}
    assert set(named) - there == set()


def test_readme_names_each_package_that_ci_installs() -> None:
    readme = (ROOT / "README.md").read_text()
    arrays = re.findall(r"\b(?:needed|servers)\+=\(([^)]+)\)", CI)
    packages = {name for array in arrays for name in array.split()}
    assert len(packages) > 10
    assert {name for name in packages if not re.search(rf"(?<!-){name}\b(?!-)", readme)} == set()


def test_ci_installs_each_package_that_a_test_or_a_tool_asks_for() -> None:
    asked = {
        package
        for folder in ("tests", "tools", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        for name, package in re.findall(
            r"program\(\"([\w-]+)\"(?:, \"([\w-]+)\")?\)", path.read_text()
        )
        for package in (package or name,)
    }
    # Its own packages need this one.
    by_others = {"erlang-base"}
    assert {"curl", "nftables"} <= asked
    assert {name for name in asked - by_others if not re.search(rf"\+=\({name}\)", CI)} == set()


def test_installation_of_ci_that_fails_ends_it() -> None:
    assert "set -euo pipefail" in CI
    assert "|| true" not in CI
