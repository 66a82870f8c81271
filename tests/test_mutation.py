import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutation.__main__ import COLLECTED_IDS
from tools.mutation.score import explained, score, table, unexplained
from tools.mutation.verdicts import Mutant, Verdict, read
from tools.service import ROOT


def mutants(*verdicts: Verdict) -> list[Mutant]:
    return [Mutant(f"app.m.x_f__mutmut_{n}", verdict) for n, verdict in enumerate(verdicts)]


def test_verdicts_are_read_next_to_the_mutated_files(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("ids", "code", "told"),
    [
        ("", 0, ""),
        (", ids=repr", 1, r"mutmut would not find test_ids.py::test_it['\xe9']: leave out"),
    ],
)
def test_an_id_that_is_another_one_the_second_time_is_told(
    tmp_path: Path, ids: str, code: int, told: str
) -> None:
    text = f"""
import pytest

@pytest.mark.parametrize("text", ("é",){ids})
def test_it(text: str) -> None:
    pass
"""
    (tmp_path / "test_ids.py").write_text(text, encoding="utf-8")

    command = [sys.executable, str(COLLECTED_IDS), "-p", "no:cacheprovider", "test_ids.py"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (found.returncode, told in found.stderr) == (code, True), found
    assert bool(found.stderr) == bool(told)


def test_without_tests_there_is_nothing_to_find(tmp_path: Path) -> None:
    command = [sys.executable, str(COLLECTED_IDS), "-p", "no:cacheprovider", "."]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)

    assert found.returncode == 1


def test_table_has_the_worst_module_first_and_all_at_the_end() -> None:
    found = [*mutants("killed"), Mutant("app.n.x_g__mutmut_1", "survived")]

    lines = table(found).splitlines()

    assert [line.split()[0] for line in lines] == ["app.n", "app.m", "all"]
    assert lines[-1].endswith("50.0 %")
