import ast
import importlib
import json
import random
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, Template

from hooks.check import check
from hooks.copying import answers, listed, quoted
from tests.conftest import copy
from tests.cookies import Cookiecutter, bytes_of, refusal, small_template
from tests.questions import QUESTIONS
from tests.strange import LINES, REFUSED_LINES, REFUSED_SLUGS, SLUGS, TEXTS, UNSEEN
from tools.service import ROOT

NOTICE = "HOOKS-DID-NOT-RUN.md"

HOOKS = [ROOT / "hooks" / f"{name}_gen_project.py" for name in ("pre", "post")]

REFUSED = [
    ("project_slug", "Shop"),
    ("project_slug", "shop\n"),
    ("project_slug", "магазин"),
    ("project_slug", "a" * 41),
    ("project_slug", "class"),
    ("project_name", "two\nlines"),
    ("description", ""),
    ("author", "x" * 101),
    ("author", "\u202etxt.exe"),
    ("description", "half \ud83d"),
    ("roles", []),
    ("roles", ["wroker"]),
    ("deploy", ["heroku"]),
    ("python_version", "3.11"),
    ("license", "GPL"),
]

VALUES = [*TEXTS, *UNSEEN, *SLUGS, *REFUSED_SLUGS, *REFUSED_LINES]


@pytest.fixture(scope="module")
def small(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_template(template, tmp_path_factory.mktemp("small") / "shallot")


@pytest.fixture
def cookiecutter(tmp_path: Path) -> Cookiecutter:
    return Cookiecutter(tmp_path / "home")


@pytest.mark.parametrize(("answer", "value"), REFUSED)
def test_refusal_has_the_words_of_copier(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, value: object
) -> None:
    monkeypatch.chdir(tmp_path)
    lists = json.loads((small / "cookiecutter.json").read_text())["_lists"]
    given = {"project_slug": "shop", "project_name": "Shop", answer: value}
    said = refusal(small, tmp_path / "project", given)
    with pytest.raises(SystemExit) as ended:
        check(
            {
                **given,
                answer: ", ".join(value) if isinstance(value, list) else value,
                "_lists": lists,
            }
        )
    assert str(ended.value) == said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "value", "words"),
    [
        ("project_slug", "Shop", '"Shop" must begin with a lower-case letter'),
        ("project_slug", "", '"" must begin with a lower-case letter'),
        ("project_slug", "..", '".." must begin with a lower-case letter'),
        ("project_slug", "a/b", '"a/b" must begin with a lower-case letter'),
        ("project_slug", "a" * 300, "300 characters, and 40 are allowed"),
        ("author", "\x1b[31m", '"\\u001b" in it is a control character'),
        # Cookiecutter itself checks a single choice.
        ("license", "GPL", "GPL provided for choice variable license"),
    ],
)
def test_refusal_leaves_nothing(
    small: Path, cookiecutter: Cookiecutter, answer: str, value: object, words: str
) -> None:
    done = cookiecutter.run(small, answers={answer: value})
    assert done.returncode == 1
    assert words in done.stdout + done.stderr
    assert list(cookiecutter.output.iterdir()) == []


def test_no_answer_gets_out_of_its_place_in_a_hook() -> None:
    draw = random.Random(7)
    drawn = [
        "".join(draw.choices("\"'\\\n\r{}%#r 😀\ud800", k=draw.randint(0, 12))) for _ in range(300)
    ]
    for hook in HOOKS:
        plain = hook.read_text()
        statements = len(ast.parse(plain).body)
        for value in [*VALUES, *drawn]:
            context = {"project_name": value, value: value, "_checkout": None}
            rendered = render_hook(plain, context)
            tree = ast.parse(rendered)
            assert len(tree.body) == statements
            assert context_of(tree) == context


def test_every_answer_is_itself_in_yaml() -> None:
    assert [value for value in VALUES if yaml.safe_load(quoted(value)) != value] == []


def test_folder_is_one_and_called_as_the_service_where_that_is_a_name() -> None:
    template = json.loads((ROOT / "cookiecutter.json").read_text())["__folder"]
    folders = {
        slug: render_hook(template, {"project_slug": slug}) for slug in [*SLUGS, *REFUSED_SLUGS]
    }
    assert [slug for slug in SLUGS if folders[slug] != slug] == []
    assert [it for it in folders.values() if not re.fullmatch("[a-z0-9-]{1,40}", it)] == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("producer, consumer", ["producer", "consumer"]),
        ("producer,consumer ", ["producer", "consumer"]),
        ("[producer, consumer]", ["producer", "consumer"]),
        ('["producer", "consumer"]', ["producer", "consumer"]),
        ("producer", ["producer"]),
        ("", []),
        ("[]", []),
    ],
)
def test_list_is_read_as_people_write_it(text: str, names: list[str]) -> None:
    assert yaml.safe_load(listed(text)) == names


def test_what_is_no_answer_is_not_handed_on() -> None:
    context = {"author": "A", "roles": "producer", "_lists": ["roles"], "__folder": "a"}
    assert yaml.safe_load(answers(context)) == {"author": "A", "roles": ["producer"]}


def test_nasty_answers_give_the_bytes_that_copier_gives(
    small: Path, cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    texts = list(TEXTS)
    given = {name: packed(texts, length) for name, length in LINES.items()}
    whole = {**given, "project_slug": "shop"}
    replayed = small_replay(small, tmp_path / "replay.json", whole)
    cookiecutter.make(small, "--replay-file", str(replayed))
    copy(small, tmp_path / "copied", whole)
    assert bytes_of(cookiecutter.output / "shop") == bytes_of(tmp_path / "copied")


def test_questions_can_be_answered_and_the_answers_replayed(
    small: Path, cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    typed = [
        "Über \\ Shop",
        "",
        "{{ as it is }}",
        "",
        "2",
        "",
        "",
        "",
        "producer",
        "",
        "[]",
        "",
        "",
    ]
    done = cookiecutter.run(small, typed="\n".join(typed))
    assert done.returncode == 0, done.stderr
    for question in QUESTIONS.values():
        assert question["help"] in done.stdout
    given = {
        "project_name": typed[0],
        "description": typed[2],
        "license": "Apache-2.0",
        "roles": ["producer"],
        "deploy": [],
    }
    copy(small, tmp_path / "copied", given)
    assert bytes_of(cookiecutter.output / "uber-shop") == bytes_of(tmp_path / "copied")
    cookiecutter.make(small, "--replay", "--output-dir", str(tmp_path / "else" / "where"))
    assert bytes_of(tmp_path / "else" / "where" / "uber-shop") == bytes_of(tmp_path / "copied")


def test_existing_folder_is_left_alone(small: Path, cookiecutter: Cookiecutter) -> None:
    existing = occupied(cookiecutter)
    before = bytes_of(existing)
    done = cookiecutter.run(small)
    assert done.returncode == 1
    assert "already exists" in done.stdout
    assert bytes_of(existing) == before


def test_existing_folder_that_may_be_overwritten_keeps_what_is_its_own(
    small: Path, cookiecutter: Cookiecutter
) -> None:
    existing = occupied(cookiecutter)
    cookiecutter.make(small, "--overwrite-if-exists")
    assert NOTICE not in bytes_of(existing)
    assert (existing / "README.md").read_text().startswith("# My Service\n")
    assert (existing / "own.txt").read_text() == "own"


def test_file_that_exists_can_be_skipped(small: Path, cookiecutter: Cookiecutter) -> None:
    existing = occupied(cookiecutter)
    cookiecutter.make(small, "--overwrite-if-exists", "--skip-if-file-exists")
    assert {".copier-answers.yml", "LICENSE"} < bytes_of(existing).keys()
    assert NOTICE not in bytes_of(existing)
    assert (existing / "README.md").read_text() == "own"


def test_refusal_changes_nothing_in_an_existing_folder(
    small: Path, cookiecutter: Cookiecutter
) -> None:
    existing = occupied(cookiecutter)
    before = bytes_of(existing)
    done = cookiecutter.run(small, "--overwrite-if-exists", answers={"author": " "})
    assert done.returncode == 1
    assert bytes_of(existing) == before


def test_folder_is_kept_on_request(small: Path, cookiecutter: Cookiecutter) -> None:
    done = cookiecutter.run(small, "--keep-project-on-failure", answers={"author": " "})
    assert done.returncode == 1
    assert list((cookiecutter.output / "my-service").iterdir()) == []


def test_without_hooks_there_is_a_notice_and_nothing_else(
    small: Path, cookiecutter: Cookiecutter
) -> None:
    cookiecutter.make(small, "--accept-hooks", "no")
    assert list(bytes_of(cookiecutter.output / "my-service")) == [NOTICE]


def occupied(cookiecutter: Cookiecutter) -> Path:
    """Return the folder of a service that is there already."""
    folder = cookiecutter.output / "my-service"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("own")
    (folder / "own.txt").write_text("own")
    return folder


def packed(texts: list[str], length: int) -> str:
    """Return a line of at most that length from the first of `texts`, which it takes away."""
    line = texts.pop(0)
    while texts and len(line) + len(texts[0]) < length:
        line += f" {texts.pop(0)}"
    return line


def small_replay(small: Path, path: Path, given: dict[str, str]) -> Path:
    """Write what cookiecutter has noted of a run with `given`, which it renders no more."""
    context = json.loads((small / "cookiecutter.json").read_text())
    rendered = {
        "license": "MIT",
        "chassis": "source",
        "python_version": "3.13",
        "ci": "github",
        "__folder": given["project_slug"],
    }
    context |= {**rendered, **given}
    path.write_text(json.dumps({"cookiecutter": context}))
    return path


@cache
def hook_template(text: str) -> Template:
    utils = importlib.import_module("cookiecutter.utils")
    environment: Environment = utils.create_env_with_context({"cookiecutter": {}})
    return environment.from_string(text)


def render_hook(text: str, context: dict[str, Any]) -> str:
    return hook_template(text).render(cookiecutter=context)


def context_of(rendered: ast.Module) -> object:
    """Return what the rendered hook takes for the context, without running it."""
    literals = [
        node.args[0].value
        for node in ast.walk(rendered)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "json.loads"
        and isinstance(node.args[0], ast.Constant)
    ]
    (literal,) = literals
    return json.loads(str(literal))
