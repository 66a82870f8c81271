"""The checks of `./run matrix` for every answer set hold for the named ones."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.matrix import CASES, WORDINGS
from tools.matrix.catalogue import EACH, ONCE
from tools.matrix.checks.tools import TYPES, run
from tools.matrix.rendering import Rendering

SETS = {**CASES, **WORDINGS}


@pytest.mark.parametrize("name", SETS)
def test_rendering_passes_every_check_of_its_texts(render: Render, name: str) -> None:
    rendering = Rendering(render(name), SETS[name])
    found = {check: list(find(rendering)) for check, find in EACH.items()}
    assert found == {check: [] for check in EACH}


# The wordings have the Python of one of these.
@pytest.mark.parametrize("name", CASES)
def test_rendering_passes_every_check_of_its_code(render: Render, name: str) -> None:
    rendering = Rendering(render(name), SETS[name])
    found = {check: list(find(rendering)) for check, find in ONCE.items()}
    assert found == {check: [] for check in ONCE}


def test_wordings_change_no_code(render: Render) -> None:
    codes = {Rendering(render(name), SETS[name]).code for name in ("defaults", *WORDINGS)}
    assert len(codes) == 1
    assert len({Rendering(render(name), SETS[name]).code for name in CASES}) == len(CASES)


def test_wrong_type_fails_the_check_of_types(render: Render, tmp_path: Path) -> None:
    # The domain alone, which needs nothing to be installed.
    for folder in ("tests", "migrations", "scripts"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "empty.py").write_text("")
    shutil.copy(render("defaults") / "mypy.ini", tmp_path)
    for package in ("app/domain", "app/bootstrap/own", "chassis/domain"):
        shutil.copytree(render("defaults") / "src" / package, tmp_path / "src" / package)
    rendering = Rendering(tmp_path, {})
    assert list(run(TYPES, rendering)) == []

    (tmp_path / "src/app/domain/more.py").write_text('"""More."""\n\nMORE: int = "more"\n')

    (problem,) = run(TYPES, rendering)
    assert problem.startswith("src/app/domain/more.py:3: error:")
