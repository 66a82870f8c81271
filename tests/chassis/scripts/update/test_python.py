"""Python source after a move: `app.old` is now `chassis.new`."""

import pytest

from scripts.update.modules import Modules
from scripts.update.python import follow_python
from scripts.update.statements import Context

MOVES = {
    "src/app/old.py": "src/chassis/new.py",
    "src/app/domain/time.py": "src/chassis/domain/time.py",
    "src/app/cli/__init__.py": "src/chassis/cli/__init__.py",
    "src/app/cli/main.py": "src/chassis/cli/main.py",
    "tests/support.py": "tests/chassis/support.py",
}
HERE = ("src/app/cli/mine.py", "src/app/domain/order.py", "src/chassis/new.py")
MODULES = Modules.read(MOVES, HERE)


def follow(text: str, before: str = "app.x", after: str = "app.x") -> str:
    content, _ = follow_python(text.encode(), Context(MODULES, before, after, 60))
    return content.decode()


@pytest.mark.parametrize(
    ("text", "now"),
    (
        ("from app.domain.time import now\n", "from chassis.domain.time import now\n"),
        ("from app.domain.time import *\n", "from chassis.domain.time import *\n"),
        ("from app.domain import time\n", "from chassis.domain import time\n"),
        ("from app.domain import time as t\n", "from chassis.domain import time as t\n"),
        ("from app import old\n", "from chassis import new as old\n"),
        ("from app.old import x as y  # why\n", "from chassis.new import x as y  # why\n"),
        ("from tests.support import x\n", "from tests.chassis.support import x\n"),
        ("import app.domain.time as t, os\n", "import chassis.domain.time as t, os\n"),
        ("import app . old\n", "import chassis.new\n"),
        (
            "def f():\n    import app.old\n\n    app.old.run(app.domain.x, app.older.x)\n",
            "def f():\n    import chassis.new\n\n    chassis.new.run(app.domain.x, app.older.x)\n",
        ),
        ("if x: from app.old import (y)\n", "if x: from chassis.new import (y)\n"),
        ("from app.cli import run\n", "from chassis.cli import run\n"),
        ("from app \\\n  .old import x\n", "from chassis.new import x\n"),
    ),
)
def test_an_import_names_the_module_that_has_moved(text: str, now: str) -> None:
    assert follow(text) == now
    assert follow(text.replace("\n", "\r\n")) == now.replace("\n", "\r\n")


@pytest.mark.parametrize(
    "text",
    (
        "from app.domain.order import x\n",
        "from app.domain import order\n",
        "from app.cli import mine\nfrom app.cli.mine import x\nimport app.cli.mine\n",
        "from app.older import x\nfrom app.old_one import y\nimport app\n",
        "from my.app.old import x\n",
        "import app.cli\n\napp.cli.run()\n",
        "app.old.run()\n",
        "from .. import x\nfrom . import y\n",
        "from app.old import (\n",
        "# from app.old import x\n",
    ),
)
def test_all_else_stays_as_it_is(text: str) -> None:
    assert follow(text) == text


def test_names_that_went_to_several_modules_are_imported_from_each() -> None:
    text = "from app.cli import main, mine, run as go\n"

    assert follow(text) == "from app.cli import mine\nfrom chassis.cli import main, run as go\n"
    assert follow(f"x = 1; {text}") == (
        "x = 1; from chassis.cli import main, run as go; from app.cli import mine\n"
    )


def test_comments_in_a_statement_that_is_written_anew_are_kept() -> None:
    text = "from app.cli import (\n    main,  # one\n    mine,\n)  # last\n"

    now = "from app.cli import mine  # last\n# one\nfrom chassis.cli import main\n"
    assert follow(f"from app import a\n{text}") == f"from app import a\n{now}"


def test_a_relative_import_leads_to_where_its_module_is() -> None:
    assert follow("from .time import x\n", "app.domain", "app.domain") == (
        "from chassis.domain.time import x\n"
    )
    # Both have moved.
    both = "from .time import x\nfrom . import time\n"
    assert follow(both, "app.domain", "chassis.domain") == both
    # The one that is imported has not.
    assert follow("from .order import x\n", "app.domain", "chassis.domain") == (
        "from app.domain.order import x\n"
    )
    assert follow("from ..old import x\n", "app.domain", "app.domain") == (
        "from chassis.new import x\n"
    )


def test_a_line_that_becomes_too_long_is_broken() -> None:
    names = "first_name, second_name, the_third"
    text = f"def f():\n    from app.old import {names}\n"

    assert len(text.splitlines()[1]) <= 60
    assert follow(text) == (
        "def f():\n    from chassis.new import (\n"
        "        first_name,\n        second_name,\n        the_third,\n    )\n"
    )
    commented = f"from app.old import {names}  # why not\n"
    assert follow(commented) == commented.replace("app.old", "chassis.new")


def test_blocks_that_were_sorted_are_sorted_afterwards() -> None:
    text = (
        "import os\n\nfrom app.domain.order import x\n# About time.\n"
        "from app.domain.time import (\n    now,\n)\nfrom app.old import y\n"
        "from app.view2 import v\nfrom app.view10 import w\n"
        "\nprint(1)\n"
    )

    assert follow(text) == (
        "import os\n\nfrom app.domain.order import x\nfrom app.view2 import v\n"
        "from app.view10 import w\n# About time.\nfrom chassis.domain.time import (\n    now,\n)\n"
        "from chassis.new import y\n\nprint(1)\n"
    )
    mixed = text.replace("import os\n\n", "from zoo import z\n")
    assert follow(mixed) == mixed.replace("app.domain.time", "chassis.domain.time").replace(
        "app.old", "chassis.new"
    )


@pytest.mark.parametrize(
    ("text", "now"),
    (
        ('patch("app.old.x")', 'patch("chassis.new.x")'),
        ("call('app.cli.main:run')", "call('chassis.cli.main:run')"),
        ('Path("src/app/old.py")', 'Path("src/chassis/new.py")'),
        ('"app.cli.mine.x"', '"app.cli.mine.x"'),
        # The package has moved, and has a module that stays.
        ('"app.cli"', '"app.cli"'),
        ('"app.cli.run"', '"app.cli.run"'),
        ('"see app.old"', '"see app.old"'),
        ('f"app.old.{x}"', 'f"app.old.{x}"'),
        ('"app." "old"', '"app." "old"'),
        ('"""app.old"""', '"""app.old"""'),
        ('b"app.old"', 'b"app.old"'),
    ),
)
def test_a_string_follows_if_it_is_a_name_and_nothing_else(text: str, now: str) -> None:
    assert follow(f"y = {text}\n" if text[0] != '"' else f"y = [{text}]\n") == (
        f"y = {now}\n" if now[0] != '"' else f"y = [{now}]\n"
    )


def test_what_was_changed_in_strings_is_said() -> None:
    _, changed = follow_python(b'x = "app.old.y"\n', Context(MODULES, "", "", 88))

    assert changed == ["app.old.y -> chassis.new.y"]


def test_positions_are_those_of_bytes_after_letters_of_many() -> None:
    text = "\ufeffx = 'Zoë 😀'; from app.old import y\nz = 'Zoë'; import app.old; é = app.old.y\n"

    assert follow(text) == text.replace("app.old", "chassis.new")


def test_what_is_no_text_stays() -> None:
    content = b"from app.old import x\nx = '\xff'\n"

    assert follow_python(content, Context(MODULES, "", "", 88)) == (content, [])
