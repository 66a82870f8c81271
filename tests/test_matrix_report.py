import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.cookies import small_template
from tests.matrix import Answers
from tools.matrix.__main__ import chosen, distinct
from tools.matrix.outcome import Outcome
from tools.matrix.rendering import Rendering
from tools.matrix.report import sentence, table
from tools.matrix.work import look
from tools.service import ROOT

SETS: dict[str, Answers] = {
    "a": {"python_version": "3.12"},
    "b": {"python_version": "3.12", "author": "Zoë"},
    "c": {"python_version": "3.14", "author": "Zoë", "license": "MIT"},
    "d": {"python_version": "3.13"},
    "e": {"python_version": "3.12"},
}
RENDERINGS = {name: Rendering(Path(name), answers) for name, answers in SETS.items()}
LOOKED = [Outcome(name, "other" if name == "d" else "one") for name in "abcd"]
LOOKED.append(Outcome("e", "", {"rendering": ["refused"]}))


def test_outcome_has_what_each_check_found(render: Render) -> None:
    rendering = Rendering(render("defaults"), {})
    outcome = Outcome("a", "one", {"rendering": []}, {"rendering": 2.5})
    outcome.judge(rendering, {"good": lambda _: iter([]), "bad": lambda it: iter([it.slug, "x"])})
    assert outcome.lines() == ["a: bad: my-service", "a: bad: x"]
    assert set(outcome.seconds) == {"rendering", "good", "bad"}


def test_set_that_cannot_be_rendered_is_a_problem_and_no_more(
    template: Path, tmp_path: Path
) -> None:
    small = small_template(template, tmp_path / "shallot")
    outcome = look(small, "a", Rendering(tmp_path / "project", {"roles": []}))
    (line,) = outcome.lines()
    assert line.startswith("a: rendering: ValueError: ")
    assert "at least one role is needed" in line
    assert outcome.code == ""


def test_table_has_a_row_for_each_check() -> None:
    one = Outcome("a", "one", {"lint": [], "types": ["x", "y"]}, {"lint": 1.0, "types": 2.0})
    other = Outcome("b", "one", {"lint": ["z"]}, {"lint": 3.5})
    cells = [list(column.cells) for column in table([one, other]).columns]
    assert cells == [
        ["lint", "types"],
        ["2", "1"],
        ["[bold red]1", "[bold red]1"],
        ["4.5", "2.0"],
    ]


def test_sentence_says_on_how_many_the_code_was_looked_at() -> None:
    said = sentence({"named": 2, "by pairs": 5, "multiplied": 0}, 3, 61.4)
    assert said.startswith("renderings: 7 (2 named, 5 by pairs), in 61 s; distinct code trees: 3, ")
    assert said.endswith("run on 3 and holds for 4 more that are equal")


@pytest.mark.parametrize(("python", "names"), [("", "cd"), ("3.13", "bd"), ("3.12", "b")])
def test_of_each_code_the_set_with_most_answers_stands_for_the_others(
    python: str, names: str
) -> None:
    assert "".join(distinct(LOOKED, RENDERINGS, python)) == names


@pytest.mark.parametrize(("beginnings", "names"), [([], "abcde"), (["b", "d"], "bd"), (["x"], "")])
def test_sets_are_chosen_by_how_their_names_begin(beginnings: list[str], names: str) -> None:
    assert "".join(chosen(SETS, beginnings)) == names


def test_no_set_at_all_is_no_success() -> None:
    command = [sys.executable, "-m", "tools.matrix", "nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "")
    assert "no set has a name that begins so" in done.stdout
