from pathlib import Path
from unittest.mock import patch

from copier import run_copy
from jinja2 import Environment
from jinja2.sandbox import SandboxedEnvironment

from tools import quick
from tools.quick import compiled_once, quick_copier
from tools.releases import git


def test_what_copier_makes_is_the_same(tmp_path: Path) -> None:
    template = tmp_path / "template"
    template.mkdir()
    (template / "{% if true %}run{% endif %}").write_text("#!/bin/sh\n")
    (template / "{% if true %}run{% endif %}").chmod(0o755)
    (template / "told.jinja").write_text("{{ 6 * 7 }}\n")

    def made(name: str) -> dict[str, tuple[int, bytes]]:
        git(tmp_path, "init", "--quiet", name)
        run_copy(str(template), tmp_path / name, quiet=True)
        found = (path for path in (tmp_path / name).iterdir() if path.is_file())
        return {path.name: (path.stat().st_mode, path.read_bytes()) for path in found}

    slowly = made("slowly")
    with quick_copier():
        assert made("quickly") == slowly
    assert {name: content for name, (_, content) in slowly.items()} == {
        "run": b"#!/bin/sh\n",
        "told": b"42\n",
    }


def test_a_text_is_compiled_once_and_its_values_are_those_of_each_time() -> None:
    text = "{{ who }} renders {{ who | upper }}, and so on"
    with patch.object(quick, "_compile", wraps=quick._compile) as compiling, compiled_once():
        found = [Environment().from_string(text).render(who=who) for who in ("ada", "bob")]

    assert found == ["ada renders ADA, and so on", "bob renders BOB, and so on"]
    assert compiling.call_count == 1


def test_what_an_environment_makes_of_a_text_is_its_own() -> None:
    text = "<< who >> is {{ who }}"
    with compiled_once():
        plain = Environment().from_string(text).render(who="ada")
        own = Environment(variable_start_string="<<", variable_end_string=">>")
        sandboxed = SandboxedEnvironment().from_string("{{ who.__class__ }}").render(who="ada")
        open_ = Environment().from_string("{{ who.__class__ }}").render(who="ada")

        assert (plain, own.from_string(text).render(who="ada")) == (
            "<< who >> is ada",
            "ada is {{ who }}",
        )
    assert (sandboxed, open_) == ("", "<class 'str'>")


def test_afterwards_all_is_as_before() -> None:
    before = Environment.compile
    with compiled_once():
        assert Environment.compile is not before
    assert Environment.compile is before
