from unittest.mock import patch

from jinja2 import Environment
from jinja2.sandbox import SandboxedEnvironment

from tools import compiled
from tools.compiled import compiled_once


def test_a_text_is_compiled_once_and_its_values_are_those_of_each_time() -> None:
    text = "{{ who }} renders {{ who | upper }}, and so on"
    with patch.object(compiled, "_compile", wraps=compiled._compile) as compiling, compiled_once():
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
