import re
from datetime import date
from pathlib import Path

import pytest

from tools.release import ReleaseError, release
from tools.releases import git, releases, tag_releases
from tools.service import ROOT
from tools.updates.moved import now, rows

TODAY = date(2026, 1, 31)
TEMPLATE = ROOT / "template"
_PATH = re.compile(r"`([^`]+)`")
CHANGELOG = "# Changelog\n\nWords.\n\n## Unreleased\n\n- A thing.\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "config", "user.name", "Ada")
    git(tmp_path, "config", "user.email", "ada@example.com")
    return change(tmp_path, CHANGELOG)


def change(repository: Path, changelog: str) -> Path:
    (repository / "CHANGELOG.md").write_text(changelog)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message=docs: something")
    return repository


def test_a_release_is_a_commit_that_dates_the_changelog_and_a_tag(repository: Path) -> None:
    release(repository, "0.1.0", TODAY)

    assert (repository / "CHANGELOG.md").read_text() == (
        "# Changelog\n\nWords.\n\n## Unreleased\n\n## 0.1.0 (2026-01-31)\n\n- A thing.\n"
    )
    assert git(repository, "log", "-1", "--format=%s").strip() == "chore(release): 0.1.0"
    assert git(repository, "describe", "--tags").strip() == "0.1.0"
    assert git(repository, "status", "--porcelain") == ""


def test_the_next_one_stands_above_the_last(repository: Path) -> None:
    release(repository, "0.9.0", TODAY)
    text = (repository / "CHANGELOG.md").read_text()
    change(repository, text.replace("Unreleased\n", "Unreleased\n\n- Another thing.\n"))

    release(repository, "0.10.0", TODAY)

    assert (repository / "CHANGELOG.md").read_text() == (
        "# Changelog\n\nWords.\n\n## Unreleased\n\n## 0.10.0 (2026-01-31)\n\n- Another thing.\n"
        "\n## 0.9.0 (2026-01-31)\n\n- A thing.\n"
    )
    assert list(releases(repository)) == ["0.9.0", "0.10.0"]


@pytest.mark.parametrize("version", ["1", "0.1", "v0.1.0", "0.1.0rc1", "next"])
def test_what_is_no_version_is_refused(repository: Path, version: str) -> None:
    with pytest.raises(ReleaseError, match="no version"):
        release(repository, version, TODAY)


@pytest.mark.parametrize("version", ["0.9.0", "0.8.9", "0.0.10"])
def test_a_version_comes_after_the_last(repository: Path, version: str) -> None:
    release(repository, "0.9.0", TODAY)

    with pytest.raises(ReleaseError, match=r"does not come after 0\.9\.0"):
        release(repository, version, TODAY)


def test_an_unclean_tree_is_refused(repository: Path) -> None:
    # Some hide new files from `git status`.
    git(repository, "config", "status.showUntrackedFiles", "no")
    (repository / "new").touch()

    with pytest.raises(ReleaseError, match="not committed"):
        release(repository, "0.1.0", TODAY)


@pytest.mark.parametrize("text", ["# Changelog\n", "# Changelog\n\n## Unreleased\n\n"])
def test_a_release_of_nothing_is_refused(repository: Path, text: str) -> None:
    change(repository, text)

    with pytest.raises(ReleaseError, match="nothing under"):
        release(repository, "0.1.0", TODAY)


def test_a_clone_without_tags_gets_those_that_are_missing(repository: Path) -> None:
    release(repository, "0.1.0", TODAY)
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "tag", "--delete", "0.1.0")
    change(repository, CHANGELOG)

    assert tag_releases(repository) == ["0.1.0"]
    assert tag_releases(repository) == ["0.1.0"]
    assert git(repository, "rev-parse", "0.1.0") == commit


def test_each_file_that_went_since_the_last_release_is_told_of() -> None:
    *_, last = releases(ROOT).values()
    listed = git(ROOT, "ls-tree", "-r", "--name-only", "-z", last, "template").split("\0")
    paths = [path.removeprefix("template/") for path in listed if path]
    # In a service, a file has the same path whether it is rendered or copied.
    rendered = {path.removesuffix(".jinja") for path in paths}
    ways = ("", ".jinja")
    gone = {
        path for path in rendered if not any((TEMPLATE / (path + way)).exists() for way in ways)
    }
    # Copier deletes what the template no longer has, edited or not.
    text = (ROOT / "docs" / "operations" / "upgrading.md").read_text()
    # The tests of the chassis left the service: one sentence covers them all.
    assert "`tests/chassis/`" in text
    gone = {path for path in gone if not path.startswith("tests/")}
    listed_rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("    | `")]
    told = {old.strip(" `"): _PATH.findall(new) for old, new in listed_rows}
    assert gone - told.keys() == {path for path in gone if now(path) != path}
    assert told.keys() - gone == set()
    for new in told.values():
        assert new
        assert all((TEMPLATE / path).exists() for path in new)


def test_each_move_leads_to_a_file_that_is_there_from_one_that_is_not() -> None:
    olds = [old for old, _ in rows()]
    assert len(olds) > 100
    assert len(set(olds)) == len(olds)
    for old in olds:
        new = now(old)
        assert not (TEMPLATE / old).exists(), old
        assert (TEMPLATE / new).exists() or (TEMPLATE / f"{new}.jinja").exists(), new


def test_each_release_is_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    named = [heading.split()[1] for heading in headings if heading != "## Unreleased"]
    assert named == list(reversed(releases(ROOT)))
    assert headings[0] == "## Unreleased"


def test_the_documentation_says_what_each_release_asks_of_a_service() -> None:
    text = (ROOT / "docs" / "operations" / "upgrading.md").read_text()
    told = [line.split()[1] for line in text.splitlines() if line.startswith("## ")]
    # The next one may be named before it is there.
    assert [version for version in told if version in releases(ROOT)] == list(
        reversed(releases(ROOT))
    )
