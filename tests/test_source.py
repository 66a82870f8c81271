import keyword
import re
import string
import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import Render
from tests.questions import (
    CHASSIS_DEPENDENCIES,
    COMPUTED,
    QUESTIONS,
    ROLE_FILES,
    SHARED_FILES,
    TRANSPORT_DEPENDENCIES,
    TRANSPORT_FILES,
    TRANSPORT_TOOLS,
)
from tools.reserved import reserved_names
from tools.service import ROOT
from tools.versions import pins

TEMPLATE = ROOT / "template"
SOURCES = [path for path in TEMPLATE.rglob("*") if path.suffix in {".py", ".jinja"}]
SLUG = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
TESTED = (TEMPLATE / "constraints.txt").read_text()
NAMED = [
    *CHASSIS_DEPENDENCIES,
    *COMPUTED["tracing_dependencies"]["default"],
    *COMPUTED["sentry_dependencies"]["default"],
    *(line for lines in TRANSPORT_DEPENDENCIES.values() for line in lines),
]
TOOLS = [*COMPUTED["tools"]["default"], *(it for each in TRANSPORT_TOOLS.values() for it in each)]
DEPENDENCIES = [Requirement(line) for line in NAMED]


def test_no_python_is_rendered() -> None:
    assert [path for path in SOURCES if path.name.endswith(".py.jinja")] == []


def test_few_conditions(capsys: pytest.CaptureFixture[str]) -> None:
    found = {
        path.relative_to(TEMPLATE).as_posix(): len(re.findall(r"\{%-?\+?\s*if\b", path.read_text()))
        for path in SOURCES
        if path.suffix == ".jinja"
    }
    with capsys.disabled():
        for name, count in sorted(found.items()):
            print(f"\n  {count} conditions in template/{name}", end="")
    assert sum(found.values()) < 15


@pytest.mark.parametrize("role", QUESTIONS["roles"]["choices"].values())
def test_every_file_of_a_role_is_there(role: str) -> None:
    assert [path for path in ROLE_FILES[role] if not list(TEMPLATE.glob(path))] == []


@pytest.mark.parametrize("transport", QUESTIONS["transports"]["choices"].values())
def test_every_file_of_a_transport_is_there(transport: str) -> None:
    assert [path for path in TRANSPORT_FILES[transport] if not list(TEMPLATE.glob(path))] == []


def test_every_file_that_transports_share_is_there() -> None:
    shared = [path for each in SHARED_FILES for path in each["files"]]
    assert [path for path in shared if not list(TEMPLATE.glob(path))] == []


def test_tables_name_the_choices_and_nothing_else() -> None:
    assert list(ROLE_FILES) == list(QUESTIONS["roles"]["choices"].values())
    transports = list(QUESTIONS["transports"]["choices"].values())
    assert list(TRANSPORT_FILES) == transports
    assert list(TRANSPORT_DEPENDENCIES) == list(TRANSPORT_TOOLS) == transports
    assert list(COMPUTED["transport_ports"]["default"]) == transports


def test_names_of_python_and_of_dependencies_are_reserved() -> None:
    names = {
        *keyword.kwlist,
        *sys.stdlib_module_names,
        *(it.name for it in DEPENDENCIES),
        *pins(TESTED),
    }
    slugs = {name for name in names if SLUG.fullmatch(name)}
    assert slugs - reserved_names() == set()


def test_names_that_a_shell_takes_for_itself_are_refused() -> None:
    refused = {*COMPUTED["shell_names"]["default"].split(), *reserved_names()}
    builtins = subprocess.check_output(["bash", "-c", "compgen -bk"], text=True).split()
    assert {"test", "echo", "true", "kill", "wait", "read", "history"} <= {*builtins}
    assert {name for name in builtins if SLUG.fullmatch(name)} - refused == set()


def test_letters_lose_their_marks_as_unicode_has_it() -> None:
    letters: dict[str, str] = COMPUTED["latin_letters"]["default"]
    spelt = {mark: plain for plain, marked in letters.items() for mark in marked}
    assert len(spelt) == sum(map(len, letters.values())), "a letter stands there twice"
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        letter = chr(code).lower()
        first, *marks = list(unicodedata.normalize("NFD", letter))
        if len(letter) == 1 and marks and first in string.ascii_lowercase:
            assert spelt.get(letter) == first, letter
            assert [spelt.get(mark) for mark in marks] == [""] * len(marks), letter


@pytest.mark.parametrize("dependency", DEPENDENCIES, ids=lambda it: it.name)
def test_dependency_has_both_bounds(dependency: Requirement) -> None:
    assert {bound.operator for bound in dependency.specifier} == {">=", "<"}


def test_constraints_are_plain_and_within_the_bounds() -> None:
    pinned = pins(TESTED)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in pinned)
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in pinned.values())
    outside = [it.name for it in DEPENDENCIES if not it.specifier.contains(pinned[it.name])]
    assert outside == []


def test_a_tool_has_exactly_the_tested_version(render: Render) -> None:
    project = tomllib.loads((render("full") / "pyproject.toml").read_text())
    pinned = pins(TESTED)
    lines = [it for it in project["dependency-groups"]["dev"] if "==" in it]
    assert lines == [f"{name}=={pinned[name]}" for name in TOOLS]
    builders = COMPUTED["build_packages"]["default"]
    assert project["build-system"]["requires"] == [f"{it}=={pinned[it]}" for it in builders]


def test_files_are_small() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in python_files()}
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def python_files() -> list[Path]:
    folders = [TEMPLATE, ROOT / "tests", ROOT / "tools"]
    return [ROOT / "noxfile.py", *(path for folder in folders for path in folder.rglob("*.py"))]
