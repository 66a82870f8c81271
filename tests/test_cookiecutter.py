import importlib
import json
import random
from pathlib import Path

import pytest
from jinja2.sandbox import SandboxedEnvironment

from tests.conftest import Render, copy
from tests.cookies import Cookiecutter, bytes_of, small_template
from tests.matrix import CASES, WORDINGS
from tests.questions import COMPUTED, QUESTIONS
from tools.cookiecutter import SLUG, derived_text
from tools.service import ROOT

DERIVED = (ROOT / "cookiecutter.json").read_text()
LATIN: dict[str, str] = COMPUTED["latin_letters"]["default"]
NAMES = [
    "My Service",
    "  Über-Shop 24/7! ",
    "3D Print Queue",
    "A name that is a good deal longer than forty",
    "exactly-forty-characters-and-then-a-cut - - x",
    "--",
    "24",
    "магазин",
    "İstanbul ŞAHİN",
    "Gru\u0308n Straße Tiếng Việt",
    "tabs\tand\u00a0spaces",
    "{{ braces }} {% and %} # more",
    "snake_case",
]


def test_file_is_what_the_questions_give() -> None:
    # `./run cookiecutter` writes it again.
    assert derived_text() == DERIVED


def test_questions_are_those_of_copier_and_so_are_their_choices() -> None:
    asked = {name: given for name, given in json.loads(DERIVED).items() if name[0] != "_"}
    assert list(asked) == list(QUESTIONS)
    for name, question in QUESTIONS.items():
        if question.get("multiselect"):
            assert asked[name].split(", ") == question["default"]
        elif choices := question.get("choices"):
            assert asked[name][0] == question["default"]
            assert sorted(asked[name]) == sorted(choices)


def test_slug_follows_the_name_as_in_copier() -> None:
    draw = random.Random(7)
    letters = "abzAZ059-_ .'\"\\/{}%#éßÜİя😀\t\n" + "".join(LATIN.values())
    drawn = ["".join(draw.choices(letters, k=draw.randint(0, 60))) for _ in range(2000)]
    extensions = ["jinja2_ansible_filters.AnsibleCoreFiltersExtension"]
    theirs = SandboxedEnvironment(extensions=extensions).from_string(SLUG)
    environment = importlib.import_module("cookiecutter.utils").create_env_with_context({})
    ours = environment.from_string(json.loads(DERIVED)["project_slug"])
    for name in [*NAMES, *drawn]:
        given = {"project_name": name, "_latin_letters": LATIN}
        assert ours.render(cookiecutter=given) == theirs.render(
            project_name=name, latin_letters=LATIN
        )


@pytest.mark.parametrize("name", CASES)
def test_service_is_the_one_that_copier_makes(
    render: Render, template: Path, tmp_path: Path, name: str
) -> None:
    cookiecutter = Cookiecutter(tmp_path)
    cookiecutter.make(template, answers=CASES[name])
    (made,) = cookiecutter.output.iterdir()
    # All of it, the recorded answers and the template's address too.
    assert bytes_of(made) == bytes_of(render(name))


@pytest.mark.parametrize("name", WORDINGS)
def test_wording_is_the_one_of_copier(template: Path, tmp_path: Path, name: str) -> None:
    # The other files are the same whatever the words are.
    small = small_template(template, tmp_path / "shallot")
    cookiecutter = Cookiecutter(tmp_path)
    cookiecutter.make(small, answers=WORDINGS[name])
    copy(small, tmp_path / "copied", WORDINGS[name])
    (made,) = cookiecutter.output.iterdir()
    assert bytes_of(made) == bytes_of(tmp_path / "copied")
