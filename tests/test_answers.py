import shutil
from pathlib import Path

import pytest
import yaml

from tests.conftest import copy
from tests.questions import QUESTIONS
from tools.service import ROOT

PRESETS = sorted((ROOT / "presets").glob("*.yml"))

REFUSED = [
    ("project_slug", "", "must begin with a small letter"),
    ("project_slug", "Shop", "must begin with a small letter"),
    ("project_slug", "1shop", "must begin with a small letter"),
    ("project_slug", "shop_floor", "must begin with a small letter"),
    ("project_slug", "shop-", "not end with a hyphen"),
    ("project_slug", "shop\n", "must begin with a small letter"),
    ("project_slug", "магазин", "must begin with a small letter"),
    ("project_slug", "a" * 41, "41 characters where 40 are allowed"),
    ("project_slug", "class", "such as: class-service"),
    ("project_slug", "asyncio", "such as: asyncio-service"),
    ("project_slug", "litestar", "such as: litestar-service"),
    ("project_slug", "dependency-injector", "such as: dependency-injector-service"),
    ("project_slug", "uvicorn", "such as: uvicorn-service"),
    ("project_slug", "dotenv", "such as: dotenv-service"),
    ("project_name", " ", "such as: My Service"),
    ("project_name", "two\nlines", "such as: My Service"),
    ("description", "", "such as: A streaming"),
    ("author", "", "such as: The My Service developers"),
    ("roles", [], "such as: [producer, consumer]"),
    ("roles", ["wroker"], "['producer', 'consumer']"),
    ("transports", [], "such as: [http]"),
    ("transports", ["smtp"], "['http']"),
    ("deploy", ["heroku"], "['compose']"),
    ("python_version", "3.11", "['3.12', '3.13', '3.14']"),
    ("license", "GPL", "['MIT', 'Apache-2.0', 'Proprietary']"),
]

ANSWERS = "{{_copier_conf.answers_file}}.jinja"


@pytest.fixture(scope="module")
def template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the template with its questions alone, and the file that keeps the answers."""
    asking = tmp_path_factory.mktemp("asking")
    (asking / "template").mkdir()
    for name in ("copier.yml", f"template/{ANSWERS}"):
        shutil.copy(template / name, asking / name)
    shutil.copytree(template / "questions", asking / "questions")
    return asking


@pytest.mark.parametrize(("answer", "value", "words"), REFUSED)
def test_bad_answer_is_refused_by_name_with_what_would_do(
    template: Path, tmp_path: Path, answer: str, value: object, words: str
) -> None:
    with pytest.raises(ValueError, match=f"'{answer}'") as refusal:
        copy(template, tmp_path / "project", {answer: value})
    assert words in " ".join(str(refusal.value).split())
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize("slug", ["a", "a1", "shop-2-go", "a" * 40, "my-litestar", "app"])
def test_good_slug_is_taken(template: Path, tmp_path: Path, slug: str) -> None:
    copy(template, tmp_path, {"project_slug": slug})
    assert recorded(tmp_path)["project_slug"] == slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My Service", "my-service"),
        ("  Über-Shop 24/7! ", "ber-shop-24-7"),
        ("3D Print Queue", "d-print-queue"),
        (
            "A name that is a good deal longer than forty",
            "a-name-that-is-a-good-deal-longer-than-f",
        ),
    ],
)
def test_slug_follows_the_name(template: Path, tmp_path: Path, name: str, slug: str) -> None:
    copy(template, tmp_path, {"project_name": name})
    assert recorded(tmp_path)["project_slug"] == slug


def test_at_most_six_questions_are_asked() -> None:
    asked = [name for name, question in QUESTIONS.items() if question.get("ask", True)]
    assert len(asked) <= 6


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_preset_gives_known_answers(template: Path, tmp_path: Path, preset: Path) -> None:
    answers = yaml.safe_load(preset.read_text())
    assert set(answers) <= set(QUESTIONS)
    copy(template, tmp_path, answers)
    assert recorded(tmp_path).items() >= answers.items()


def recorded(project: Path) -> dict[str, object]:
    return dict(yaml.safe_load((project / ".copier-answers.yml").read_text()))
