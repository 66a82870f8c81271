import json
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.conftest import copy
from tests.cookies import small_template
from tests.strange import LINES, SLUGS, TEXTS


@pytest.fixture(scope="module")
def small(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_template(template, tmp_path_factory.mktemp("small") / "shallot")


@pytest.fixture(scope="module")
def plain(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what the defaults give."""
    project = tmp_path_factory.mktemp("plain") / "project"
    copy(small, project, {"project_slug": "shop"})
    return project


@pytest.mark.parametrize("text", TEXTS)
def test_line_of_any_kind_is_itself_in_every_file(
    small: Path, plain: Path, tmp_path: Path, text: str
) -> None:
    copy(small, tmp_path, {**dict.fromkeys(LINES, text), "project_slug": "shop"})

    recorded = read_yaml(tmp_path / ".copier-answers.yml")
    assert [recorded[name] for name in LINES] == [text] * len(LINES)
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]
    assert (project["description"], project["authors"]) == (text, [{"name": text}])
    told = json.loads((tmp_path / "src" / "app" / "project.json").read_text())
    assert (told["name"], told["description"]) == (text, text)
    assert f"(c) {text}\n" in (tmp_path / "LICENSE").read_text()
    # There it stands in comments alone.
    assert read_yaml(tmp_path / "compose.yaml") == read_yaml(plain / "compose.yaml")
    assert settings(tmp_path) == settings(plain)
    title, description, *rest = markdown(tmp_path / "README.md")
    assert (title, description) == (("h1", text.strip()), ("p", text.strip()))
    assert rest == markdown(plain / "README.md")[2:]


@pytest.mark.parametrize("slug", SLUGS)
def test_slug_is_a_text_wherever_it_stands(small: Path, tmp_path: Path, slug: str) -> None:
    copy(small, tmp_path, {"project_slug": slug})
    compose = read_yaml(tmp_path / "compose.yaml")
    assert compose["name"] == slug
    assert compose["services"]["app"]["image"] == slug
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["scripts"]) == (slug, {slug: "app.__main__:main"})
    assert json.loads((tmp_path / "src" / "app" / "project.json").read_text())["slug"] == slug
    assert read_yaml(tmp_path / ".copier-answers.yml")["project_slug"] == slug


def read_yaml(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text()))


def settings(project: Path) -> list[str]:
    """Return the lines of `.env.example` that are no comment, and how many those are."""
    lines = (project / ".env.example").read_text().split("\n")
    return [line for line in lines if not line.startswith("#")] + [str(len(lines))]


def markdown(path: Path) -> list[tuple[str, str]]:
    """Return the blocks of a page, each with its kind and its words; what is no text is marked."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(path.read_text())
    found = []
    for before, token in pairwise(tokens):
        if token.type == "inline":
            words = [
                it.content if it.type == "text" else f"<{it.type}>" for it in token.children or []
            ]
            found.append((before.tag, "".join(words)))
        elif token.content:
            found.append((token.type, token.content))
    return found
