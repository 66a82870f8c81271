"""Files that git hides from an update, which it must not overwrite, delete or call a success."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.updating import Slim, make_slim, task
from tools.releases import git
from tools.service import ROOT
from tools.updates.history import commit

HIDING = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "status.showUntrackedFiles",
    "GIT_CONFIG_VALUE_0": "no",
}
ARGUMENTS = ("--yes", "--no-checks", "--to=1001.0.0")


@pytest.fixture
def made(slim: Path, tmp_path: Path) -> Slim:
    return make_slim(slim, tmp_path)


def test_a_conflict_is_one_where_git_shows_no_untracked_files(made: Slim) -> None:
    made.release("1001.0.0", **{"buf.yaml": "theirs\n", "ruff.toml": "theirs\n"})
    made.edit(**{"ruff.toml": "ours\n"})

    done = task(made.service, *ARGUMENTS, **HIDING)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 conflict" in done.stdout
    assert "  ruff.toml\n" in done.stdout
    assert "ours\n" in (made.project / "ruff.toml").read_text()
    assert list(made.project.rglob("*.rej")) == []


def test_an_untracked_file_in_the_way_is_refused_though_git_hides_it(made: Slim) -> None:
    made.release("1001.0.0", **{"notes/new.md": "theirs\n"})
    (made.project / "notes").mkdir()
    (made.project / "notes" / "new.md").write_text("ours\n")
    before = made.status()

    done = task(made.service, *ARGUMENTS, **HIDING)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "notes/new.md" in done.stdout
    assert (made.project / "notes" / "new.md").read_text() == "ours\n"
    assert made.status() == before


@pytest.mark.parametrize("theirs", ["theirs\n", None])
def test_an_ignored_file_with_edits_is_refused(made: Slim, theirs: str | None) -> None:
    made.release("1001.0.0", **{"alembic.ini": theirs, "ruff.toml": "theirs\n"})
    ignore(made, "alembic.ini")
    (made.project / "alembic.ini").write_text("ours\n")

    done = task(made.service, *ARGUMENTS)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "alembic.ini" in done.stdout
    assert "git add -f" in done.stdout
    assert (made.project / "alembic.ini").read_text() == "ours\n"
    assert made.status() == ""


@pytest.mark.parametrize("theirs", ["theirs\n", None])
def test_an_ignored_file_without_edits_follows(made: Slim, theirs: str | None) -> None:
    made.release("1001.0.0", **{"alembic.ini": theirs})
    ignore(made, "alembic.ini")

    done = task(made.service, *ARGUMENTS)

    assert done.returncode == 0, done.stdout + done.stderr
    file = made.project / "alembic.ini"
    assert (file.read_text() if file.exists() else None) == theirs
    assert "alembic.ini" not in git(made.project, "ls-files")


def test_the_updater_knows_what_is_never_written_again() -> None:
    settings = (
        (ROOT / "copier.yml").read_text().partition("_skip_if_exists:\n")[2].partition("\n\n")
    )
    listed = [line.removeprefix("  - ") for line in settings[0].splitlines()]
    code = "from scripts.update.plan import OWN; print(*OWN)"
    command = [sys.executable, "-c", code]
    own = subprocess.check_output(command, cwd=ROOT / "template", text=True).split()
    assert listed == [f"/{own[0]}/*", f"/{own[1]}"]


def ignore(made: Slim, name: str) -> None:
    """Take a file out of git, and leave it where it is."""
    # Not every git makes the folder.
    exclude = made.project / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text(f"{name}\n")
    git(made.project, "rm", "--quiet", "--cached", name)
    commit(made.project, "not in git")
