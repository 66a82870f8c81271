"""Users delete test folders that they do not want, so the rest must not need them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.service import ROOT

TESTS = ROOT / "template" / "tests"

# Each may use helpers of those before it. The last are deleted first: they take longest.
ORDER = (("unit",), ("contract", "integration"), ("e2e",))
HELPERS = {"servers"}


def imported(file: Path) -> Iterator[str]:
    """Yield the modules that a file imports."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_each_folder_has_its_place() -> None:
    folders = {path.name for path in TESTS.iterdir() if path.is_dir()} - {"__pycache__"}
    placed = {name for names in ORDER for name in names}
    assert folders == placed | HELPERS


@pytest.mark.parametrize("number", range(len(ORDER)))
def test_a_folder_of_tests_imports_nothing_of_later_ones(number: int) -> None:
    later = tuple(f"tests.{name}." for names in ORDER[number + 1 :] for name in names)
    arrows = [
        f"{file.relative_to(TESTS)} imports {module}"
        for name in (*ORDER[number], *HELPERS)
        for file in (TESTS / name).rglob("*.py")
        for module in imported(file)
        if module.startswith(later)
    ]
    assert arrows == []
