import json
import re
from pathlib import Path

import pytest

from tools.mutation.score import explained, score, table, unexplained
from tools.mutation.verdicts import Mutant, Verdict, read
from tools.service import ROOT


def mutants(*verdicts: Verdict) -> list[Mutant]:
    return [Mutant(f"app.m.x_f__mutmut_{n}", verdict) for n, verdict in enumerate(verdicts)]


def test_verdicts_are_read_with_the_mutated_files(tmp_path: Path) -> None:
    codes = {
        "app.m.b": 0,
        "app.m.a": 1,
        "app.m.c": 33,
        "app.m.d": 36,
        "app.m.e": None,
        "app.m.f": -11,
    }
    kept = tmp_path / "mutants" / "src" / "app" / "m.py.meta"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"exit_code_by_key": codes}))

    assert [(mutant.name[-1], mutant.verdict) for mutant in read(tmp_path)] == [
        ("a", "killed"),
        ("b", "survived"),
        ("c", "survived"),
        ("d", "timed out"),
        ("e", "untried"),
        ("f", "untried"),
    ]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((), 0),
        (("killed",), 100),
        (("killed", "survived"), 50),
        (("killed", "timed out", "survived", "survived"), 50),
        (("killed", "untried"), 100),
        (("untried",), 0),
    ],
)
def test_score_is_of_those_that_were_tried(verdicts: tuple[Verdict, ...], expected: float) -> None:
    assert score(mutants(*verdicts)) == expected


def test_survivors_are_explained_by_patterns() -> None:
    found = mutants("survived", "killed", "survived")

    assert unexplained(found, {}) == ["app.m.x_f__mutmut_0", "app.m.x_f__mutmut_2"]
    assert unexplained(found, {"app.m.x_f__mutmut_2": "why"}) == ["app.m.x_f__mutmut_0"]
    assert unexplained(found, {"app.m.x_f__*": "why"}) == []


@pytest.mark.parametrize("pattern", explained())
def test_what_is_explained_is_there(pattern: str) -> None:
    module, _, function = re.sub(r"__(\*|mutmut_\d+)$", "", pattern).rpartition(".")
    source = (ROOT / "template/src" / f"{module.replace('.', '/')}.py").read_text()

    *_, name = function.removeprefix("x_").split("ǁ")
    assert re.search(rf"def {name}\b", source)


def test_table_has_the_worst_module_first_and_all_at_the_end() -> None:
    found = [*mutants("killed"), Mutant("app.n.x_g__mutmut_1", "survived")]

    lines = table(found).splitlines()

    assert [line.split()[0] for line in lines] == ["app.n", "app.m", "all"]
    assert lines[-1].endswith("50.0 %")
