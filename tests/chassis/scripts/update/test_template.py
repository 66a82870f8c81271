from pathlib import Path

import pytest

from scripts.update.refused import Refused
from scripts.update.template import Template, url_of
from tests.chassis.scripts.update.repository import commit, git, repository

FIRST = "# Changelog\n\n## 0.9.0\n\n- One thing.\n"
SECOND = "# Changelog\n\n## 0.10.0\n\n- Another thing.\n\n## 0.9.0\n\n- One thing.\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A template with two releases and something that is not released."""
    folder = repository(tmp_path / "source", CHANGELOG=FIRST)
    git(folder, "tag", "0.9.0")
    git(commit(folder, CHANGELOG=SECOND), "tag", "0.10.0")
    return commit(folder)


@pytest.fixture
def template(source: Path, tmp_path: Path) -> Template:
    return Template.fetch(["copier"], str(source), tmp_path / "clone")


def test_the_newest_release_is_found_by_its_numbers(template: Template) -> None:
    assert template.newest() == "0.10.0"


def test_without_releases_it_is_what_was_committed_last(tmp_path: Path) -> None:
    source = repository(tmp_path / "source")
    git(source, "tag", "nightly")

    assert Template.fetch([], str(source), tmp_path / "clone").newest() == "HEAD"


@pytest.mark.parametrize("old", ("0.9.0", "0.10.0"))
def test_a_project_follows_the_releases(template: Template, old: str) -> None:
    assert template.newest_after(old) == "0.10.0"


def test_a_project_may_follow_what_is_not_released_yet(template: Template) -> None:
    with pytest.raises(Refused, match=r"nothing newer.* 0\.10\.0.*--to HEAD"):
        template.newest_after("HEAD")


def test_without_releases_a_project_follows_what_was_committed_last(tmp_path: Path) -> None:
    source = commit(repository(tmp_path / "source"))

    assert Template.fetch([], str(source), tmp_path / "clone").newest_after("HEAD~1") == "HEAD"


@pytest.mark.parametrize(
    ("old", "new"), (("0.9.0", "0.10.0"), ("0.10.0", "0.10.0"), ("0.10.0", "HEAD"))
)
def test_a_later_version_may_come(template: Template, old: str, new: str) -> None:
    template.check_order(old, new)


def test_there_is_no_way_back(template: Template) -> None:
    with pytest.raises(Refused, match=r"newer than 0\.9\.0.*revert the commit"):
        template.check_order("0.10.0", "0.9.0")


def test_a_version_of_another_branch_does_not_come_after(source: Path, tmp_path: Path) -> None:
    git(source, "checkout", "--quiet", "-b", "other", "0.9.0")
    git(commit(source), "tag", "0.9.1")
    template = Template.fetch([], str(source), tmp_path / "clone")

    with pytest.raises(Refused, match="does not come after"):
        template.check_order("0.10.0", "0.9.1")


def test_a_version_that_is_not_there_is_named(template: Template) -> None:
    with pytest.raises(Refused, match=r"no version 7\.0\.0"):
        template.check_order("0.9.0", "7.0.0")


def test_a_template_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="git clone failed"):
        Template.fetch([], str(tmp_path / "missing"), tmp_path / "clone")


def test_the_news_are_what_the_changelog_has_more(template: Template) -> None:
    assert template.news("0.9.0", "0.10.0") == "## 0.10.0\n\n- Another thing."
    assert template.news("0.10.0", "0.10.0") == ""


def test_a_template_without_a_changelog_has_no_news(tmp_path: Path) -> None:
    source = repository(tmp_path / "source")

    assert Template.fetch([], str(source), tmp_path / "clone").news("HEAD", "HEAD") == ""


def test_moves_are_the_rows_that_the_project_does_not_have_yet(
    source: Path, tmp_path: Path
) -> None:
    for version, text in (("1.0.0", "old,new\na,b\n"), ("2.0.0", "old,new\na,b\nb,c\n")):
        (source / "moves.csv").write_text(text)
        git(commit(source), "tag", version)
    template = Template.fetch([], str(source), tmp_path / "clone")

    assert template.moves("0.10.0", "1.0.0").rows == (("a", "b"),)
    assert template.moves("0.10.0", "2.0.0").rows == (("a", "b"), ("b", "c"))
    assert template.moves("1.0.0", "2.0.0").rows == (("b", "c"),)
    assert template.moves("2.0.0", "2.0.0").rows == template.moves("0.9.0", "0.10.0").rows == ()


def test_an_invalid_table_of_moves_is_refused(source: Path, tmp_path: Path) -> None:
    (source / "moves.csv").write_text("a,b,c\n")
    commit(source)
    template = Template.fetch([], str(source), tmp_path / "clone")

    with pytest.raises(Refused, match=r"moved files is invalid: moves\.csv must have"):
        template.moves("0.10.0", "HEAD")


@pytest.mark.parametrize(
    ("source", "url"),
    (
        ("gh:someone/shallot", "https://github.com/someone/shallot.git"),
        ("gl:someone/shallot.git", "https://gitlab.com/someone/shallot.git"),
        ("git+https://example.com/shallot", "https://example.com/shallot"),
        ("git@example.com:shallot.git", "git@example.com:shallot.git"),
        ("~/shallot", str(Path.home() / "shallot")),
        ("/srv/shallot", "/srv/shallot"),
    ),
)
def test_what_copier_writes_down_becomes_what_git_clones(source: str, url: str) -> None:
    assert url_of(source) == url


SOURCES = (
    "--upload-pack=touch MARK; false:",
    "--config=core.sshCommand=touch MARK; false:x",
    "-utouch MARK; false:",
    "ext::touch MARK",
    "git+ext::touch MARK",
    "git+--upload-pack=touch MARK; false:",
    "gh:--upload-pack=touch MARK",
    "ssh://-oProxyCommand=touch MARK/x",
    "-oProxyCommand=touch MARK:x",
    "fd::17",
    "~--upload-pack=touch MARK",
    "/dev/null",
    "/proc/self/environ",
    "file:///etc/passwd",
    "a\nb:c",
    "\x1b[2J\u202e:x",
)


@pytest.mark.attack("command in an address", "update")
@pytest.mark.parametrize("source", SOURCES, ids=range(len(SOURCES)))
def test_no_command_of_an_answers_file_runs(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A repository in the present folder, which the wrong reading of an option would clone.
    monkeypatch.chdir(repository(tmp_path / "here"))
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file:ssh")
    mark = tmp_path / "mark"

    with pytest.raises(Refused, match=r"git clone failed|no such user here") as caught:
        Template.fetch(["copier"], source.replace("MARK", str(mark)), tmp_path / "clone")

    assert not mark.exists()
    # The address is what is cloned, and not an option before the folder.
    assert "'.' does not exist" not in str(caught.value)
    assert not list((tmp_path / "here").glob("mark*"))


@pytest.mark.attack("option in a version", "update")
@pytest.mark.parametrize("version", ("--output=MARK", "--git-dir=MARK", "-h", "", "..", "@{-1}"))
def test_no_option_of_an_answers_file_is_one(
    version: str, template: Template, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"

    with pytest.raises(Refused, match="has no version"):
        template.newest_after(version.replace("MARK", str(mark)))

    assert not mark.exists()
