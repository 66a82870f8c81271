import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.updating import History, clone, replace, task
from tools.releases import git
from tools.service import Service, install
from tools.updates.case import Outcome, bring_forward, follow, generate, look
from tools.updates.edits import Edited, edit
from tools.updates.history import NEXT, commit
from tools.updates.parts import change, differing, parts, snapshot

NOTES = "UPDATE-NOTES.md"


@dataclass(frozen=True)
class Made:
    """A service that its user has extended and edited, and what is theirs in it."""

    service: Service
    edited: Edited

    def copied(self, path: Path) -> "Made":
        """Return a copy of it, without what is installed."""
        ignored = shutil.ignore_patterns(".venv")
        shutil.copytree(self.service.path, path, ignore=ignored, symlinks=True)
        return Made(Service(path), self.edited)


@pytest.fixture(scope="module")
def of_last_release(history: History, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a service of the last release, whose user has run all commands of the guide."""
    path = tmp_path_factory.mktemp("old") / "service"
    service = generate(history.path, history.releases[-1], path, {})
    install(service, "--group", "dev")
    edited = edit(service, is_installed=True)
    commit(path, "ours")
    return Made(service, edited)


@pytest.fixture(scope="module")
def of_next(history: History, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a service of the working tree."""
    path = tmp_path_factory.mktemp("new") / "service"
    service = generate(history.path, NEXT, path, {})
    edited = edit(service, is_installed=False)
    commit(path, "ours")
    return Made(service, edited)


@pytest.fixture
def old(of_last_release: Made, tmp_path: Path) -> Made:
    return of_last_release.copied(tmp_path / "service")


@pytest.fixture
def new(of_next: Made, tmp_path: Path) -> Made:
    return of_next.copied(tmp_path / "service")


def test_a_service_comes_forward_with_all_that_is_its_users(history: History, old: Made) -> None:
    outcome = bring_forward(old.service, old.edited, f"--to={NEXT}", template=history.path)

    assert outcome.code == 0, outcome.said
    assert (outcome.lost, outcome.left) == ([], ())
    assert outcome.conflicts == []
    assert outcome.rejected == []
    assert f"_commit: {NEXT}" in (old.service.path / ".copier-answers.yml").read_text()


def test_a_template_whose_clone_has_no_tags_can_be_followed(slim: Path, tmp_path: Path) -> None:
    template = clone(slim, tmp_path / "template", "--no-tags")
    service = generate(template, "HEAD", tmp_path / "service", {})
    replace(template / "template" / "ruff.toml", "line-length = 100", "line-length = 110")
    commit(template, "wider")

    outcome = follow(service, Edited({}, {}), version=None)

    assert git(template, "tag") == ""
    assert outcome.changed == [".copier-answers.yml", "ruff.toml"]
    assert outcome.conflicts == []


def test_a_part_that_was_dropped_and_added_again_is_as_it_was(
    history: History, tmp_path: Path
) -> None:
    # All others in `./run update`: each takes eight renderings.
    (part,) = [part for part in parts() if part.name == "compose"]

    found = change(history.path, tmp_path, part, part.given, part.without)

    assert found.is_good, found


def test_lines_that_both_have_changed_are_marked(slim: Path, tmp_path: Path) -> None:
    template = clone(slim, tmp_path / "template")
    service = generate(template, "1000.1.0", tmp_path / "service", {})
    replace(template / "template" / "ruff.toml", "line-length = 100", "line-length = 110")
    commit(template, "wider", "1001.0.0")
    replace(service.path / "ruff.toml", "line-length = 100", "line-length = 90")
    commit(service.path, "narrower")
    # Copier alone, unlike the task, finds no conflict where git hides new files, and marks a whole
    # file where git changes the ends of lines.
    git(service.path, "config", "status.showUntrackedFiles", "normal")
    git(service.path, "config", "core.autocrlf", "false")

    outcome = follow(service, Edited({}, {}), version="1001.0.0")

    assert outcome.conflicts == ["ruff.toml"]
    assert outcome.rejected == []
    text = (service.path / "ruff.toml").read_text()
    assert "<<<<<<< before updating\nline-length = 90\n" in text
    assert "line-length = 110\n>>>>>>> after updating\n" in text


def test_the_task_keeps_an_edited_file_of_a_role_that_was_dropped_until_it_is_back(
    new: Made,
) -> None:
    service = new.service
    consumer = service.path / "src/chassis/bootstrap/roles/consumer.py"
    mine = consumer.read_text() + "\n# Ours.\n"
    consumer.write_text(mine)
    commit(service.path, "an edited role")
    begun = snapshot(service.path)

    done = task(service, "--yes", "--no-checks", "--data=roles=[producer]")

    assert done.returncode == 0, done.stdout + done.stderr
    assert not consumer.exists()
    kept = service.path / "dropped/src/chassis/bootstrap/roles/consumer.py.yours"
    assert kept.read_text() == mine
    assert not (service.path / "src/chassis/application/consuming").exists()
    assert "+# Ours." in (service.path / NOTES).read_text()
    assert "consumer.py" in done.stdout
    outcome = look(service.path, new.edited, 0)
    assert (outcome.lost, outcome.conflicts) == ([], [])

    (service.path / NOTES).unlink()
    commit(service.path, "without the role")
    done = task(service, "--yes", "--no-checks", "--data=roles=[producer, consumer]")

    assert done.returncode == 0, done.stdout + done.stderr
    assert differing(begun, snapshot(service.path)) == []


def test_the_task_only_shows_what_would_come(new: Made) -> None:
    service = new.service
    done = task(service, "--pretend", "--data=roles=[producer]")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "removed" in done.stdout
    assert "src/chassis/application/consuming" in done.stdout
    assert git(service.path, "status", "--porcelain") == ""


def test_the_task_asks_nobody_where_nobody_is_there(slim: Path, tmp_path: Path) -> None:
    template = clone(slim, tmp_path / "template")
    service = generate(template, "1000.1.0", tmp_path / "service", {})
    replace(template / "template" / "ruff.toml", "line-length = 100", "line-length = 110")
    commit(template, "wider", "1000.2.0")

    done = task(service)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ruff.toml" in done.stdout
    assert "add --yes" in done.stdout
    assert git(service.path, "status", "--porcelain") == ""


def test_the_task_refuses_what_is_not_committed(new: Made) -> None:
    service = new.service
    (service.path / "README.md").write_text("mine\n")

    done = task(service, "--yes")

    assert done.returncode == 1
    assert "README.md" in done.stdout
    assert (service.path / "README.md").read_text() == "mine\n"


def test_the_task_knows_no_way_back(history: History, new: Made) -> None:
    done = task(new.service, "--yes", f"--to={history.releases[-1]}")

    assert done.returncode == 1
    assert "revert the commit" in done.stdout


def test_an_outcome_tells_what_was_lost(tmp_path: Path) -> None:
    (tmp_path / "kept.md").write_text("as it was\n")
    git(tmp_path, "init", "--quiet")
    edited = Edited({"kept.md": b"as it was\n", "gone.md": b""}, {"README.md": "# Ours"})

    assert look(tmp_path, edited, 0) == Outcome(
        changed=["kept.md"], conflicts=[], rejected=[], lost=["README.md", "gone.md"], seconds=0
    )
