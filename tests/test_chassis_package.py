"""The chassis as a package: its wheel alone, and a service that depends on it."""

import subprocess
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render
from tests.questions import COMPUTED
from tests.updating import History, clone
from tools.image import build_and_run
from tools.releases import git
from tools.service import ROOT, UV, Service, environment, find_python, lock
from tools.updates.case import bring_forward, generate
from tools.updates.edits import Edited
from tools.updates.history import NEXT, commit
from tools.updates.parts import change, parts
from tools.working_tree import copy_tree

# Imported without an extra.
EXTRAS = (
    *("grpc", "http", "p2p", "quic", "quic_connection", "webrtc"),
    *("postgresql", "postgresql_engine", "rabbitmq", "redis"),
)
IMPORT_ALL = """
import importlib, pkgutil, sys
import chassis
skipped = sys.argv[1:]
names = [each.name for each in pkgutil.walk_packages(chassis.__path__, "chassis.", onerror=print)]
for name in names:
    if not any(part in skipped for part in name.split(".")):
        importlib.import_module(name)
print(len(names))
"""


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def read(file: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = tomllib.loads(file.read_text())["project"]
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    copy_tree(folder / "shallot")
    run(folder, UV, "build", "--quiet", "--wheel", "--out-dir=dist", "shallot/chassis")
    (found,) = (folder / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def service(history: History, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Return a service that has its chassis from a clone of the template, by its address."""
    path = tmp_path_factory.mktemp("package") / "service"
    made = generate(history.path, NEXT, path, {"chassis": "package"})
    lock(made)
    run(path, UV, "sync", "--quiet", "--python", find_python())
    return made


def test_the_wheel_has_the_files_of_the_source(wheel: Path) -> None:
    source = ROOT / "template" / "src" / "chassis"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        f"chassis/{file.relative_to(source).as_posix()}"
        for file in source.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert names == expected
    assert "chassis/py.typed" in names


def test_the_wheel_alone_can_be_installed_and_imported(wheel: Path, tmp_path: Path) -> None:
    run(tmp_path, UV, "venv", "--quiet", "--no-project", "--python", find_python(), ".venv")
    pip = (UV, "pip", "install", "--quiet", "--python", ".venv")
    run(tmp_path, *pip, "--constraint", str(ROOT / "template" / "constraints.txt"), str(wheel))
    python = str(tmp_path / ".venv" / "bin" / "python")
    # The ASGI application is that of `http`.
    assert int(run(tmp_path, python, "-c", IMPORT_ALL, *EXTRAS, "asgi", "tracing", "sentry")) > 200


def test_it_needs_what_a_service_with_the_source_needs(render: Render) -> None:
    package = read(ROOT / "chassis" / "pyproject.toml")
    extras = package["optional-dependencies"]
    whole = read(render("full") / "pyproject.toml")
    transports = COMPUTED["transport_dependencies"]["default"]

    assert {name: extras[name] for name in transports} == transports
    optional = whole["optional-dependencies"]
    assert {name: extras[name] for name in optional} == optional
    others = [each for name in extras if name not in optional for each in extras[name]]
    assert sorted([*package["dependencies"], *others]) == sorted(whole["dependencies"])


def test_a_service_with_the_package_has_no_chassis_of_its_own(service: Service) -> None:
    assert not (service.path / "src" / "chassis").exists()
    found = run(service.path, service.command("python"), "-c", "import chassis; print(chassis)")
    assert ".venv" in found
    # Nothing of the parts that were not chosen is reported, or offered.
    assert "leftovers: " not in run(service.path, service.command(service.slug), "doctor")
    assert "tcp" not in run(service.path, service.command(service.slug), "describe")


def test_its_own_checks_and_tests_hold(service: Service) -> None:
    run(service.path, service.command("poe"), "--quiet", "check")
    # All tests; the report is about the service alone.
    told = run(service.path, service.command("poe"), "--quiet", "coverage")
    assert "src/app/" in told
    assert "site-packages" not in told


def test_its_image_builds_migrates_and_serves(service: Service, tmp_path: Path) -> None:
    build_and_run(service, tmp_path / "image")


def test_an_update_changes_one_revision(history: History, tmp_path: Path) -> None:
    template = clone(history.path, tmp_path / "template")
    service = generate(template, NEXT, tmp_path / "service", {"chassis": "package"})
    before = (service.path / "pyproject.toml").read_text()
    file = template / "template" / "src" / "chassis" / "__init__.py"
    file.write_text(f"{file.read_text()}\n# Later.\n")
    commit(template, "later", "1001.0.0")

    outcome = bring_forward(service, Edited({}, {}), "--to=1001.0.0")

    assert outcome.code == 0, outcome.said
    assert outcome.changed == [".copier-answers.yml", "pyproject.toml"]
    old, new = (git(template, "rev-parse", each).strip() for each in (NEXT, "1001.0.0"))
    after = (service.path / "pyproject.toml").read_text()
    assert after == before.replace(f'rev = "{old}"', f'rev = "{new}"') != before


def test_the_way_to_the_package_and_back_is_that_of_every_answer(
    history: History, tmp_path: Path
) -> None:
    (part,) = [part for part in parts() if "chassis" in part.given]

    found = change(history.path, tmp_path, part, part.without, part.given)

    assert found.is_good, found
