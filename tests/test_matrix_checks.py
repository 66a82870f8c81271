"""A rendering that was broken on purpose fails the check that is there for it."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.matrix import CASES, WORDINGS
from tools.matrix.catalogue import EACH, ONCE
from tools.matrix.checks.file_names import LONGEST
from tools.matrix.rendering import Rendering

CHECKS = {**EACH, **ONCE}
README = "README.md"
APP, CHASSIS = "src/app", "src/chassis"

# A check, an answer set, what breaks its rendering, and what is then said.
BROKEN = [
    ("residue", "defaults", ("add", README, "{{ project_name }}"), "Jinja is left: {{"),
    ("residue", "quoted", ("add", README, "{{ thrice }}"), "Jinja is left: {{"),
    ("residue", "defaults", ("add", f"{APP}/asgi.py", "# {{ project_slug }}"), f"{APP}/asgi.py:"),
    ("residue", "defaults", ("add", "ruff.toml", "{%- if roles %}"), "ruff.toml:"),
    ("residue", "defaults", ("add", f"{README}.rej", ""), f"{README}.rej: has no place"),
    ("residue", "defaults", ("add", f"{README}.orig", ""), f"{README}.orig: has no place"),
    ("residue", "defaults", ("add", "docs/{% if x %}.md", ""), "has no place"),
    ("residue", "defaults", ("add", "compose.yaml.jinja", ""), "has no place"),
    (
        "dropped",
        "producer",
        ("add", README, "src/chassis/application/consuming/consumer.py"),
        "names src/chassis/application/consuming, which was left out",
    ),
    ("dropped", "producer", ("add", "docs/guide.md", "(`application/consuming`)"), "consuming, "),
    ("dropped", "producer", ("add", README, "`chassis.bootstrap.roles.consumer`"), "roles."),
    ("dropped", "consumer", ("add", README, "see bootstrap/roles/producer.py."), "producer.py, "),
    ("dropped", "undeployed", ("add", README, "the Dockerfile"), "names Dockerfile, which"),
    ("dropped", "undeployed", ("add", README, "./deploy/compose/"), "names deploy/compose, "),
    ("folders", "defaults", ("folder", "docs/pictures"), "docs/pictures: empty"),
    ("folders", "defaults", ("add", f"{APP}/cli/more/__init__.py", ""), "without a module"),
    ("file names", "defaults", ("add", f"{CHASSIS}/domain/aux.py", ""), "a device of Windows"),
    ("file names", "defaults", ("add", "Com1", ""), "Com1: a device of Windows"),
    ("file names", "defaults", ("add", "docs/what?.md", ""), "not a name on Windows"),
    ("file names", "defaults", ("add", "docs/more /a.md", ""), "docs/more : not a name"),
    ("file names", "defaults", ("add", "docs/more.", ""), "docs/more.: not a name"),
    ("file names", "defaults", ("add", "docs/Guide.md", ""), "docs/guide.md: another differs"),
    ("file names", "defaults", ("add", "Docs/a.md", ""), "Docs: another differs"),
    (
        "file names",
        "defaults",
        ("add", f"docs/{'a' * LONGEST}", ""),
        f"where {LONGEST} are allowed",
    ),
    ("named paths", "defaults", ("add", README, "See `docs/more.md`."), "there is no docs/more.md"),
    ("named paths", "defaults", ("add", README, "\n    cat more.txt  # all"), "no more.txt"),
    ("named paths", "defaults", ("add", README, "`domain/<aggregate>/more`"), "<aggregate>/more"),
    ("named paths", "defaults", ("add", "docs/guide.md", "`cli/more/`"), "guide.md: there is no"),
    ("named paths", "defaults", ("add", f"{APP}/asgi.py", "# As in `cli/more.py`."), "cli/more.py"),
    ("named paths", "defaults", ("add", f"{APP}/asgi.py", '"""`app.more`"""'), "module app.more"),
    ("named paths", "defaults", ("remove", "constraints.txt"), f"{README}: there is no constr"),
    ("commands", "defaults", ("add", README, "`poe more`"), f"{README}: no task more"),
    ("commands", "defaults", ("add", README, "\n    uv run my-service more"), "no command more"),
    ("commands", "defaults", ("add", README, "`my-service more --all`"), "no command more"),
    ("commands", "defaults", ("add", README, "`python -m app more`"), "no command more"),
    ("commands", "defaults", ("add", "pytest.ini", "# `python -m tests.more`"), "python -m tests."),
    ("commands", "defaults", ("add", f"{APP}/cli/commands/more.py", ""), "does not list more"),
    ("commands", "defaults", ("remove", f"{APP}/cli/commands/tail.py"), "lists tail, which is no"),
    ("format", "defaults", ("add", f"{APP}/asgi.py", "MORE={}"), f"{APP}/asgi.py"),
    ("lint", "defaults", ("add", f"{APP}/asgi.py", "import re"), "F401"),
    (
        "dead modules",
        "defaults",
        ("add", f"{CHASSIS}/domain/more.py", ""),
        "more.py: nothing loads it",
    ),
    ("dead modules", "defaults", ("add", "tests/more.py", ""), "tests/more.py: nothing loads it"),
    (
        "dead modules",
        "defaults",
        ("remove", f"{APP}/bootstrap/notification/producer.py"),
        "register.py: nothing but tests loads it",
    ),
    ("dead modules", "defaults", ("add", "tests/e2e/more/conftest.py", ""), "nothing loads it"),
    ("dead modules", "defaults", ("remove", f"{CHASSIS}/bootstrap/servers/http.py"), "http/notif"),
    ("dependencies", "defaults", ("add", f"{APP}/asgi.py", "import yaml"), "'yaml'"),
    ("dependencies", "defaults", ("cut", "pyproject.toml", '"redis>=8.1,<9",'), "'redis'"),
    ("dependencies", "defaults", ("add", f"{APP}/asgi.py", "import pytest"), "DEP004"),
    (
        "dependencies",
        "defaults",
        ("swap", "pyproject.toml", "dependencies = [\n", 'dependencies = [\n    "six>=1",\n'),
        "DEP002 'six'",
    ),
    (
        "layers",
        "defaults",
        ("add", f"{CHASSIS}/domain/errors.py", "import chassis.application.bus"),
        "chassis.domain.errors -> chassis.application.bus",
    ),
]


@pytest.mark.parametrize(("check", "name", "change", "words"), BROKEN)
def test_broken_rendering_fails_its_check(
    render: Render, tmp_path: Path, check: str, name: str, change: tuple[str, ...], words: str
) -> None:
    project = tmp_path / "project"
    shutil.copytree(render(name), project)
    break_(project, *change)
    found = list(CHECKS[check](Rendering(project, {**CASES, **WORDINGS}[name])))
    assert any(words in problem for problem in found), found


def test_every_check_has_a_rendering_that_fails_it() -> None:
    assert {check for check, *_ in BROKEN} == {*CHECKS}


def break_(project: Path, how: str, path: str, *texts: str) -> None:
    """Add a line to a file, which may be new; remove it, or swap or cut a text; make a folder."""
    target = project / path
    if how == "folder":
        target.mkdir()
    elif how == "remove":
        target.unlink()
    elif how == "add":
        target.parent.mkdir(parents=True, exist_ok=True)
        before = target.read_text() if target.exists() else ""
        target.write_text(before + "".join(f"{text}\n" for text in texts))
    else:
        old, new = texts if how == "swap" else (*texts, "")
        assert old in target.read_text()
        target.write_text(target.read_text().replace(old, new, 1))
