"""The working tree as a template, and what it renders to."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.chassis.cells import MARKER, name_cells
from tests.matrix import CASES, WORDINGS
from tests.needs import give_up
from tests.updating import History, clone
from tools.releases import git
from tools.service import tool
from tools.updates.history import commit, make_history
from tools.working_tree import copy_tree, files
from tools.working_tree import render as copy

__all__ = ["Render", "copy", "files", "render", "template", "tool"]

Render = Callable[[str], Path]

# Tests of the chassis, and of the guide's second aggregate: they run in a service.
collect_ignore = ["chassis", "orders"]

# These take minutes: begun last, they would run on while the other processors have nothing to do.
LONGEST = (
    "test_docs.py",
    "test_update.py",
    "test_update_losses.py",
    "test_matrix.py",
    "test_cookiecutter.py",
    "test_chassis_package.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of attacks, as the tests of the chassis do."""
    config.addinivalue_line("markers", MARKER)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the cells of the attack table, and put the files that take longest first."""
    name_cells(items)
    order = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail what lacks something, as `@pytest.mark.needs(lacks())` says."""
    for mark in item.iter_markers("needs"):
        (lacking,) = mark.args
        if lacking:
            give_up(lacking)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the working tree, committed or not, that is no git repository."""
    path = tmp_path_factory.mktemp("template")
    copy_tree(path)
    return path


@pytest.fixture(scope="session")
def render(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Return a function from the name of an answer set to its project, rendered once."""
    answer_sets: Mapping[str, Mapping[str, object]] = {**CASES, **WORDINGS}

    @cache
    def rendered(name: str) -> Path:
        project = tmp_path_factory.mktemp(name) / "project"
        copy(template, project, answer_sets[name])
        return project

    return rendered


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Return the template as its users have it, with the working tree as its last release."""
    path = tmp_path_factory.mktemp("history") / "template"
    return History(path, make_history(path))


@pytest.fixture(scope="session")
def slim(history: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the template with few of its files: what an update does with one it does with all."""
    path = clone(history.path, tmp_path_factory.mktemp("slim") / "template")
    git(path, "rm", "-r", "--quiet", "template/src", "template/tests")
    commit(path, "slim", "1000.1.0")
    return path
