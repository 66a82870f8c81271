import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Render, tool
from tools.service import ROOT

OWN_FLOOR = "A layer of the service uses its own floor of the chassis, or a lower one"

BROKEN = [
    ("app/domain", "import litestar", "The domain needs the standard library only"),
    ("chassis/domain", "import msgspec", "The domain needs the standard library only"),
    ("chassis/domain", "import chassis.application.bus", "Imports point inwards"),
    ("app/domain", "import app.application.notification.ports", "Imports point inwards"),
    ("app/application", "import sqlalchemy", "The application needs the domain and msgspec only"),
    (
        "chassis/application",
        "import sqlalchemy",
        "The application needs the domain and msgspec only",
    ),
    ("chassis/application", "import chassis.infrastructure.database", "Imports point inwards"),
    ("chassis/domain", "import app.domain", "The chassis imports nothing of the service"),
    ("chassis/cli", "import app.bootstrap", "The chassis imports nothing of the service"),
    ("app/domain", "import chassis.application.bus", OWN_FLOOR),
    ("app/application", "import chassis.infrastructure.database", OWN_FLOOR),
    ("app/interfaces", "import chassis.bootstrap.core", OWN_FLOOR),
    ("app/infrastructure", "import chassis.cli.output", OWN_FLOOR),
    (
        "chassis/infrastructure/memory",
        "import chassis.infrastructure.database",
        "Adapters do not know each other",
    ),
    ("chassis/infrastructure/memory", "import chassis.interfaces.http", "Imports point inwards"),
    (
        "chassis/interfaces/http",
        "import chassis.interfaces.ops",
        "Transports do not know each other",
    ),
    (
        "app/interfaces/http",
        "import dependency_injector",
        "Only the composition roots know the container",
    ),
    (
        "chassis/cli",
        "import dependency_injector",
        "Only the composition roots know the container",
    ),
    (
        "chassis/interfaces/http",
        "import opentelemetry.trace",
        "What sends traces is an extra, which one adapter alone may import",
    ),
    (
        "chassis/bootstrap",
        "import sentry_sdk",
        "What reports errors is an extra, which one adapter alone may import",
    ),
]


@pytest.mark.parametrize("package", ["app", "chassis"])
def test_module_next_to_the_layers_breaks_the_check(
    render: Render, tmp_path: Path, package: str
) -> None:
    project = tmp_path / "project"
    shutil.copytree(render("defaults"), project)
    (project / "src" / package / "stray.py").write_text("")

    code, said = lint_imports(project)

    assert code != 0
    assert f"{package}.stray" in said


@pytest.mark.parametrize(("package", "line", "contract"), BROKEN)
def test_wrong_import_breaks_the_check(
    render: Render, tmp_path: Path, package: str, line: str, contract: str
) -> None:
    project = tmp_path / "project"
    shutil.copytree(render("defaults"), project)
    (project / "src" / package / "stray.py").write_text(f"{line}\n")

    code, said = lint_imports(project)

    assert code != 0
    assert f"{contract} BROKEN" in said


def test_the_chassis_has_no_word_of_the_aggregate() -> None:
    chassis = ROOT / "template" / "src" / "chassis"
    texts = [path for path in chassis.rglob("*") if path.suffix in {".py", ".toml", ".json"}]
    assert len(texts) > 300

    assert [path for path in texts if "notification" in path.read_text().lower()] == []


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
