"""The pins, and the lower bounds of the dependencies."""

import shutil
import subprocess
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from tests.conftest import Render
from tools.constraints import FILE, OWN, PROTO, with_pins
from tools.service import ROOT, UV, Service, environment
from tools.versions import Result, bounds, moved, pins, shortened, table, untrue


def test_pins_that_move_come_and_go_are_told() -> None:
    before = pins("# Words.\na==1.0\nb==2.0\nc==3.0\n")
    after = pins("a==1.0\nb==2.1\nd==4.0\n")
    expected = [("b", "2.0", "2.1"), ("c", "3.0", "-"), ("d", "-", "4.0")]
    assert list(moved(before, after)) == expected


def test_a_pin_for_another_python_is_no_pin_here() -> None:
    assert pins("a==1.0 ; python_version < '3'\na==2.0 ; python_version >= '3'\n") == {"a": "2.0"}


def test_what_moved_and_what_broke_are_two_tables() -> None:
    text = table(
        [
            Result("one", [("mypy", "2.4", "99")], {"check": False, "tests": True}),
            Result("two", [("mypy", "2.4", "99"), ("ruff", "1", "2")], {"check": True}),
        ]
    )
    assert "| mypy | 2.4 | 99 | one, two |" in text
    assert "| ruff | 1 | 2 | two |" in text
    assert "| one | check | **failed** |" in text
    assert "| two | check | passed |" in text


def test_each_package_of_this_repository_has_a_pin() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    pinned = pins(OWN.read_text())
    lines = [Requirement(it) for group in groups.values() for it in group if isinstance(it, str)]
    outside = [str(it) for it in lines if not it.specifier.contains(pinned.get(it.name, "0"))]
    assert len(lines) > 30
    assert outside == []


def test_tools_of_a_service_are_those_of_this_repository() -> None:
    own, service = pins(OWN.read_text()), pins(FILE.read_text())
    shared = {"mypy", "ruff", "pytest", "pytest-xdist", "import-linter"}
    assert {name: own[name] for name in shared} == {name: service[name] for name in shared}
    assert with_pins(PROTO.read_text(), own) == PROTO.read_text()
    assert '"buf-bin==1.0"' in with_pins(PROTO.read_text(), {**own, "buf-bin": "1.0"})


@pytest.mark.parametrize(
    ("version", "bound", "expected"),
    [("10.2.1", "10.2", "10.2"), ("1.81.1", "1.81.1", "1.81.1"), ("0.63b1", "0.63", "0.63")],
)
def test_a_version_has_as_many_numbers_as_its_bound(
    version: str, bound: str, expected: str
) -> None:
    assert str(shortened(version, bound)) == expected


def test_a_bound_that_no_installation_can_have_is_found(render: Render) -> None:
    service = Service(render("defaults"))
    lowest = dict(bounds(service))
    assert lowest["litestar"]

    assert untrue(service, lowest) == []
    (line,) = untrue(service, lowest | {"litestar": "999.0"})
    assert line == f"litestar >= {lowest['litestar']}, but 999.0 is installed"


def test_newer_tools_are_taken_only_by_newest(render: Render, tmp_path: Path) -> None:
    service = Service(tmp_path / "service")
    shutil.copytree(render("full"), service.path)
    pinned = pins(FILE.read_text())
    tools = [it for it in group_of(service) if it in pinned]
    for name in tools:
        make_wheel(tmp_path / "index", name, "9999.0")
    settings = environment() | {"UV_FIND_LINKS": str(tmp_path / "index")}
    settings["PATH"] = f"{Path(UV).parent}:{settings['PATH']}"

    resolve = [UV, "pip", "compile", "--quiet", "--group", "dev", "pyproject.toml"]
    there = pins(output(resolve, service.path, settings))
    assert {name: there[name] for name in tools} == {name: pinned[name] for name in tools}

    printed = output(["sh", "scripts/install.sh", "newest"], service.path, settings)
    rows = {f"| {name} | {pinned[name]} | 9999.0 |" for name in tools}
    assert len(rows) > 15
    assert rows <= {*printed.splitlines()}


def group_of(service: Service) -> list[str]:
    project = tomllib.loads((service.path / "pyproject.toml").read_text())
    return [Requirement(it).name for it in project["dependency-groups"]["dev"] if "==" in it]


def make_wheel(folder: Path, name: str, version: str) -> None:
    """Write a distribution that has nothing in it."""
    folder.mkdir(exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n"
    with ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


def output(command: list[str], folder: Path, settings: dict[str, str]) -> str:
    return subprocess.check_output(command, cwd=folder, env=settings, text=True)


def test_dependencies_for_other_systems_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["a>=1,<2", "b>=1; sys_platform == \'none\'"]\n'
        "[dependency-groups]\ndev = ['c']\n"
    )
    assert list(bounds(Service(tmp_path))) == [("a", "1")]
