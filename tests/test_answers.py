import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_update
from copier._cli import CopierApp
from jinja2.sandbox import SandboxedEnvironment

from tests.conftest import copy
from tests.cookies import commit, run_git
from tests.questions import QUESTIONS
from tests.strange import LISTS, REFUSED, SLUGS
from tools.service import ROOT

PRESETS = sorted((ROOT / "presets").glob("*.yml"))

ANSWERS = "{{_copier_conf.answers_file}}.jinja"


@pytest.fixture(scope="module")
def asking(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the template with its questions alone, and the file that keeps the answers."""
    folder = tmp_path_factory.mktemp("asking")
    (folder / "template").mkdir()
    for name in ("copier.yml", f"template/{ANSWERS}"):
        shutil.copy(template / name, folder / name)
    shutil.copytree(template / "questions", folder / "questions")
    return folder


@pytest.mark.parametrize(("answer", "value", "words"), REFUSED)
def test_bad_answer_is_refused_by_name_with_what_would_do(
    asking: Path, tmp_path: Path, answer: str, value: object, words: str
) -> None:
    with pytest.raises(ValueError, match=f"'{answer}'") as refusal:
        copy(asking, tmp_path / "project", {answer: value})
    assert words in " ".join(str(refusal.value).split())
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize("slug", SLUGS)
def test_good_slug_is_taken(asking: Path, tmp_path: Path, slug: str) -> None:
    copy(asking, tmp_path, {"project_slug": slug})
    assert recorded(tmp_path)["project_slug"] == slug


@pytest.mark.parametrize(("answer", "given", "taken"), LISTS)
def test_list_is_taken_in_the_order_of_the_choices_and_each_once(
    asking: Path, tmp_path: Path, answer: str, given: list[str], taken: list[str]
) -> None:
    copy(asking, tmp_path, {answer: given})
    assert recorded(tmp_path)[answer] == taken


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My Service", "my-service"),
        ("  Über-Shop 24/7! ", "uber-shop-24-7"),
        ("Grün", "grun"),
        ("Gru\u0308n", "grun"),
        ("Straße nach Łódź", "strasse-nach-lodz"),
        ("Đặt hàng", "dat-hang"),
        ("İstanbul ŞAHİN", "istanbul-sahin"),
        ("Ærø Smørrebrød", "aero-smorrebrod"),
        ("3D Print Queue", "d-print-queue"),
        (
            "A name that is a good deal longer than forty",
            "a-name-that-is-a-good-deal-longer-than-f",
        ),
    ],
)
def test_slug_follows_the_name(asking: Path, tmp_path: Path, name: str, slug: str) -> None:
    copy(asking, tmp_path, {"project_name": name})
    assert recorded(tmp_path)["project_slug"] == slug


def test_at_most_six_questions_are_asked() -> None:
    asked = [name for name, question in QUESTIONS.items() if question.get("ask", True)]
    assert len(asked) <= 6


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_preset_makes_a_service_of_what_it_says(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: Path
) -> None:
    command = ["copier", "copy", "--quiet", "--defaults", f"--data-file={preset}"]
    monkeypatch.chdir(tmp_path)
    _, failed = CopierApp.run([*command, str(template), "service"], exit=False)
    assert not failed
    answers = yaml.safe_load(preset.read_text())
    assert recorded(tmp_path / "service").items() >= answers.items()
    roles = (tmp_path / "service" / "src" / "chassis" / "bootstrap" / "roles").glob("[a-z]*.py")
    assert sorted(path.stem for path in roles) == sorted(recorded(tmp_path / "service")["roles"])


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_preset_says_what_differs_from_the_defaults_and_no_more(preset: Path) -> None:
    answers = yaml.safe_load(preset.read_text())
    assert set(answers) <= set(QUESTIONS)
    assert [it for it in answers if answers[it] == QUESTIONS[it]["default"]] == []


def test_full_preset_has_every_choice() -> None:
    lists = {name: it for name, it in QUESTIONS.items() if it.get("multiselect")}
    defaults = {name: question["default"] for name, question in lists.items()}
    every = {name: list(question["choices"].values()) for name, question in lists.items()}
    assert defaults | yaml.safe_load((ROOT / "presets" / "full.yml").read_text()) == every


@pytest.mark.parametrize("path", ["shallot", "./shallot", "../x/shallot"])
def test_relative_path_of_the_template_is_kept_whole(
    asking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    there = tmp_path / "x"
    shutil.copytree(asking, there / "shallot")
    monkeypatch.chdir(there)
    copy(Path(path), tmp_path / "project", {})
    assert recorded(tmp_path / "project")["_src_path"] == str(there / "shallot")


def test_service_of_a_relative_path_is_updated_from_any_folder(
    asking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shallot, service = tmp_path / "shallot", tmp_path / "work" / "service"
    shutil.copytree(asking, shallot)
    commit(shallot, "v1")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    copy(Path("../shallot"), service, {"project_name": "Shop"})
    commit(service)
    (shallot / "template" / "NEWS.md").write_text("Since v1.\n")
    commit(shallot, "v2")
    for name in ("user.name=Shallot", "user.email=shallot@example.invalid"):
        run_git(service, "config", *name.split("="))

    monkeypatch.chdir(tmp_path)
    run_update(service, defaults=True, overwrite=True, quiet=True)

    assert (service / "NEWS.md").exists()
    assert recorded(service).items() >= {"_commit": "v2", "_src_path": str(shallot)}.items()


@pytest.mark.parametrize("url", ["gh:someone/shallot", "https://example.invalid/shallot.git"])
def test_address_of_the_template_is_kept_as_it_is(url: str) -> None:
    environment = SandboxedEnvironment(
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"]
    )
    text = (ROOT / "template" / ANSWERS).read_text()
    rendered = environment.from_string(text).render(_copier_answers={"_src_path": url})
    assert yaml.safe_load(rendered) == {"_src_path": url}


def recorded(project: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((project / ".copier-answers.yml").read_text()))
