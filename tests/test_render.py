import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conftest import Render, files
from tests.matrix import CASES, WORDINGS
from tests.questions import QUESTIONS

EVERY = pytest.mark.parametrize("name", [*CASES, *WORDINGS])


@EVERY
def test_rendered_texts_are_tidy(render: Render, template: Path, name: str) -> None:
    pages = dict(rendered(render(name), template))
    assert len(pages) > 3
    assert [path for path, text in pages.items() if not re.search(r"[^\n]\n\Z", text)] == []
    assert [path for path, text in pages.items() if "\n\n\n" in text and path != "LICENSE"] == []


@EVERY
def test_the_example_of_settings_sets_nothing(render: Render, name: str) -> None:
    lines = (render(name) / ".env.example").read_text().splitlines()
    active = [line for line in lines if line and not line.startswith("# ")]
    # A service of one role has to be told its broker.
    assert active in ([], ["BROKER_URL="])


@EVERY
def test_every_answer_is_recorded_and_nothing_computed(render: Render, name: str) -> None:
    recorded = yaml.safe_load((render(name) / ".copier-answers.yml").read_text())
    assert {key for key in recorded if not key.startswith("_")} == set(QUESTIONS)


@EVERY
def test_pyproject_says_what_was_answered(render: Render, name: str) -> None:
    answers = yaml.safe_load((render(name) / ".copier-answers.yml").read_text())
    project = tomllib.loads((render(name) / "pyproject.toml").read_text())["project"]
    assert project["name"] == answers["project_slug"]
    assert project["description"] == answers["description"]
    assert project["authors"] == [{"name": answers["author"]}]
    assert project["requires-python"] == f">={answers['python_version']}"
    assert project["scripts"] == {answers["project_slug"]: "app.__main__:main"}


@pytest.mark.parametrize(
    ("name", "opening", "expression"),
    [
        ("defaults", "MIT License", "MIT"),
        ("apache", "Apache License", "Apache-2.0"),
        ("proprietary", "All rights reserved", "LicenseRef-Proprietary"),
    ],
)
def test_licence_is_the_one_chosen(
    render: Render, name: str, opening: str, expression: str
) -> None:
    assert opening in (render(name) / "LICENSE").read_text()
    assert f'license = "{expression}"' in (render(name) / "pyproject.toml").read_text()


@pytest.mark.parametrize("name", CASES)
def test_what_is_no_template_is_copied_as_it_is(render: Render, template: Path, name: str) -> None:
    project, source = render(name), template / "template"
    plain = [path for path in files(project) if (source / path).is_file()]
    assert len(plain) > 50
    same = [path for path in plain if (project / path).read_bytes() == (source / path).read_bytes()]
    assert same == plain


def rendered(project: Path, template: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and text of each file that was not copied as it is."""
    for path in sorted(files(project)):
        if not (template / "template" / path).is_file():
            yield path, (project / path).read_text()
