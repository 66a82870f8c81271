import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Render, tool

BROKEN = [
    ("domain", "import litestar", "The domain needs the standard library only"),
    ("domain", "import msgspec", "The domain needs the standard library only"),
    ("domain", "import app.application.bus", "Imports point inwards"),
    ("application", "import sqlalchemy", "The application needs the domain and msgspec only"),
    ("application", "import app.infrastructure.database", "Imports point inwards"),
    (
        "infrastructure/memory",
        "import app.infrastructure.database",
        "Adapters do not know each other",
    ),
    ("infrastructure/memory", "import app.interfaces.http", "Imports point inwards"),
    ("interfaces/http", "import app.interfaces.ops", "Transports do not know each other"),
    (
        "interfaces/http",
        "import dependency_injector",
        "Only the composition root knows the container",
    ),
    ("cli", "import dependency_injector", "Only the composition root knows the container"),
]


def test_module_beside_the_layers_breaks_the_check(render: Render, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(render("defaults"), project)
    (project / "src" / "app" / "stray.py").write_text("")

    code, said = lint_imports(project)

    assert code != 0
    assert "app.stray" in said


@pytest.mark.parametrize(("package", "line", "contract"), BROKEN)
def test_wrong_import_breaks_the_check(
    render: Render, tmp_path: Path, package: str, line: str, contract: str
) -> None:
    project = tmp_path / "project"
    shutil.copytree(render("defaults"), project)
    (project / "src" / "app" / package / "stray.py").write_text(f"{line}\n")

    code, said = lint_imports(project)

    assert code != 0
    assert f"{contract} BROKEN" in said


def lint_imports(project: Path) -> tuple[int, str]:
    """Run the project's own contracts; return the exit code and what was said."""
    done = subprocess.run(
        [tool("lint-imports"), "--no-cache"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
