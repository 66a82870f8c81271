import pytest

from tools.matrix.imports import mentioned, modules, reached

PATHS = ["src/app/__init__.py", "src/app/a/__init__.py", "src/app/a/b.py", "tests/c.py", "d.txt"]


def test_modules_are_named_as_they_are_imported() -> None:
    assert modules(PATHS) == {
        "app": "src/app/__init__.py",
        "app.a": "src/app/a/__init__.py",
        "app.a.b": "src/app/a/b.py",
        "tests.c": "tests/c.py",
    }


@pytest.mark.parametrize(
    "text",
    [
        "import app.a.b",
        "import os, app.a.b as b",
        "from app.a import b",
        "from app.a import (\n    c,\n    b,\n)",
        "def f():\n    from app.a.b import c",
        'TABLE = {"x": "app.a.b"}',
        'load("app.a.b:command")',
    ],
)
def test_import_is_seen_however_it_is_written(text: str) -> None:
    assert "app.a.b" in set(mentioned(text))


@pytest.mark.parametrize("text", ["# import app.a.b", "See app.a.b.", "'''app.a'''"])
def test_what_is_only_told_of_is_no_import(text: str) -> None:
    assert "app.a.b" not in set(mentioned(text))


def test_a_module_is_reached_by_way_of_others_and_with_its_packages() -> None:
    texts = dict.fromkeys(PATHS, "")
    texts["tests/c.py"] = "from app.a.b import something"
    assert reached(["tests.c"], modules(PATHS), texts) == {"tests.c", "app.a.b", "app.a", "app"}
    texts["src/app/a/b.py"] = "import tests.c"
    assert reached(["app.a.b"], modules(PATHS), texts) == {"tests.c", "app.a.b", "app.a", "app"}
    assert reached(["nowhere"], modules(PATHS), texts) == set()
