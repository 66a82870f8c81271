import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import Render, files
from tests.questions import settings

COPIER = [sys.executable, "-m", "copier"]
GIT = ["git", "-c", "user.name=Shallot", "-c", "user.email=shallot@example.invalid"]


@pytest.fixture
def repository(template: Path, tmp_path: Path) -> Path:
    """Return the working tree as a git repository without a tag, with all of it committed."""
    clone = tmp_path / "repository"
    run(["cp", "-R", str(template), str(clone)], tmp_path)
    run([*GIT, "init", "--quiet", "--initial-branch=main"], clone)
    commit(clone)
    return clone


def test_copy_from_git_needs_no_trust_and_says_what_to_do_next(
    repository: Path, tmp_path: Path, render: Render
) -> None:
    said = run([*COPIER, "copy", "--defaults", str(repository), "shop"], tmp_path)
    assert "uv sync" in said
    assert "uv run my-service serve" in said
    assert files(tmp_path / "shop") == files(render("defaults"))


def test_template_runs_nothing() -> None:
    assert settings().keys().isdisjoint({"_tasks", "_migrations", "_jinja_extensions"})


def test_bad_answer_leaves_nothing_behind(repository: Path, tmp_path: Path) -> None:
    command = [*COPIER, "copy", "--defaults", "--data=project_slug=Shop", str(repository), "shop"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "'project_slug'" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "shop").exists()


def test_update_keeps_answers_that_are_not_asked(repository: Path, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    given = "--data=description=Sells onions."
    run([*COPIER, "copy", "--defaults", given, str(repository), str(shop)], tmp_path)
    run([*GIT, "init", "--quiet"], shop)
    commit(shop)
    (repository / "template" / "news.txt").write_text("new in the template\n")
    commit(repository)

    said = run([*COPIER, "update", "--defaults"], shop)

    assert "uv run poe check" in said
    assert (shop / "news.txt").exists()
    answers = yaml.safe_load((shop / ".copier-answers.yml").read_text())
    assert answers["description"] == "Sells onions."
    assert answers["transports"] == ["http"]


def run(command: list[str], folder: Path) -> str:
    """Run `command` in `folder`; return all that it printed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def commit(repository: Path) -> None:
    run([*GIT, "add", "--all"], repository)
    run([*GIT, "commit", "--quiet", "--message", "a state of things"], repository)
