import io
import sys
from pathlib import Path

import pytest

from scripts.update.__main__ import agreed, is_asked
from scripts.update.answers import FILE, Answers
from scripts.update.template import Template

ANSWERS = Answers("/srv/shallot", "0.1.0", "project_name: My Service\nroles:\n- producer\n")

# Writes down how it was called.
COPIER = """
import pathlib, sys
pathlib.Path(sys.argv[-1]).mkdir()
pathlib.Path(sys.argv[-1], "called").write_text(" ".join(sys.argv[1:]))
"""


class Terminal(io.StringIO):
    """Input that comes from a person."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "is_agreed"), (("y\n", True), ("Yes\n", True), ("\n", False)))
def test_a_person_is_asked_and_told_what_return_means(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, is_agreed: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))

    assert agreed(False) is is_agreed
    assert capsys.readouterr().out == "\nUpdate? [y/N] "


def test_without_a_terminal_it_asks_nothing_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))

    assert not agreed(False)
    assert "add --yes" in capsys.readouterr().out
    assert agreed(True)


@pytest.mark.parametrize(
    ("new", "data", "asked"),
    (
        ("project_name: X\nroles: []\n", [], False),
        ("project_name: X\nroles: []\ntransports:\n- http\n", [], True),
        ("project_name: X\nroles: []\ntransports:\n- http\n", ["transports=[tcp]"], False),
    ),
)
def test_only_what_is_not_answered_yet_is_asked(
    tmp_path: Path, new: str, data: list[str], asked: bool
) -> None:
    (tmp_path / FILE).write_text(f"_commit: 0.2.0\n_src_path: /srv/shallot\n{new}")

    assert is_asked(ANSWERS, data, tmp_path) is asked


@pytest.mark.parametrize("ask", (True, False))
def test_copier_asks_where_a_person_is_to_answer(tmp_path: Path, ask: bool) -> None:
    (tmp_path / "copier.py").write_text(COPIER)
    template = Template([sys.executable, str(tmp_path / "copier.py")], tmp_path / "clone")

    into = template.render("0.2.0", ANSWERS, tmp_path / "new", ["roles=[consumer]"], ask=ask)

    called = (into / "called").read_text()
    assert ("--defaults" in called) is not ask
    assert "--vcs-ref=0.2.0" in called
    assert "--data=roles=[consumer]" in called
