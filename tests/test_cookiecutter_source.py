import shutil
from pathlib import Path

import pytest
import yaml
from copier import run_copy, run_update
from copier._vcs import get_repo

from hooks.source import Source, address, find_source
from tests.conftest import copy
from tests.cookies import Cookiecutter, bytes_of, commit, run_git, small_template

NO_HISTORY = "`copier update` cannot bring it forward"


@pytest.fixture(scope="module")
def small(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_template(template, tmp_path_factory.mktemp("small") / "shallot")


@pytest.fixture
def repository(small: Path, tmp_path: Path) -> Path:
    """Return a repository with a version `v1` and a commit after it."""
    folder = tmp_path / "someone" / "shallot.git"
    shutil.copytree(small, folder)
    commit(folder, "v1")
    (folder / "template" / "NEWS.md").write_text("Since v1.\n")
    commit(folder)
    return folder


@pytest.fixture
def cookiecutter(tmp_path: Path) -> Cookiecutter:
    return Cookiecutter(tmp_path / "home")


def test_relative_path_is_remembered_whole(small: Path, cookiecutter: Cookiecutter) -> None:
    cookiecutter.output.mkdir(parents=True)
    (cookiecutter.home / "shallot").symlink_to(small)
    said = cookiecutter.make("../shallot", "--output-dir", "deep/er")
    service = cookiecutter.output / "deep" / "er" / "my-service"
    assert recorded(service)["_src_path"] == str(small)
    assert NO_HISTORY in said


def test_folder_under_version_control_is_taken_as_it_stands(
    repository: Path, cookiecutter: Cookiecutter
) -> None:
    said = cookiecutter.make(repository)
    service = cookiecutter.output / "my-service"
    assert recorded(service)["_src_path"] == str(repository)
    assert (service / "NEWS.md").exists()
    assert NO_HISTORY not in said


@pytest.mark.parametrize(("checkout", "commit"), [(None, "HEAD"), ("v1", "v1")])
def test_checkout_of_a_folder_is_what_was_asked_for(checkout: str | None, commit: str) -> None:
    context = {"_template": "/srv/shallot", "_repo_dir": "/srv/shallot", "_checkout": checkout}
    assert find_source(context) == Source("/srv/shallot", commit)


def test_address_is_remembered_and_not_the_clone(
    repository: Path, cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    url = f"file://{repository}"
    cookiecutter.make(url, "--checkout", "v1")
    service = cookiecutter.output / "my-service"
    run_copy(url, tmp_path / "copied", vcs_ref="v1", defaults=True, quiet=True)
    assert bytes_of(service) == bytes_of(tmp_path / "copied")
    assert recorded(service)["_src_path"] == url
    # Its clone can be called by name then; the address stays what it is.
    cookiecutter.make("shallot", "--overwrite-if-exists")
    assert recorded(service)["_src_path"] == url


def test_abbreviation_is_written_out(repository: Path, tmp_path: Path) -> None:
    # git alone is told where the host is; neither program knows.
    places = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{repository.parents[1]}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/",
    }
    cookiecutter = Cookiecutter(tmp_path / "home", variables=places)
    cookiecutter.make("gh:someone/shallot")
    service = cookiecutter.output / "my-service"
    assert recorded(service)["_src_path"] == "https://github.com/someone/shallot.git"


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/someone/shallot",
        "https://git.example.invalid/someone/shallot",
        "https://example.invalid/someone/shallot.git",
        "ssh://git@example.invalid/someone/shallot",
        "me@example.invalid:someone/shallot",
        "git@example.invalid:someone/shallot",
        "file:///srv/git/shallot",
    ],
)
def test_copier_takes_every_address_for_a_repository(url: str) -> None:
    found = get_repo(address(url))
    assert found
    assert found.removesuffix(".git") == url.removesuffix(".git")


def test_archive_is_named_and_nothing_promised(
    small: Path, cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    archive = shutil.make_archive(str(tmp_path / "shallot"), "zip", small.parent, small.name)
    said = cookiecutter.make(archive)
    service = cookiecutter.output / "my-service"
    copy(small, tmp_path / "copied", {})
    ours, theirs = recorded(service), recorded(tmp_path / "copied")
    assert ours == theirs | {"_src_path": archive}
    assert (service / "README.md").read_bytes() == (tmp_path / "copied" / "README.md").read_bytes()
    assert "My Service is made" in said
    assert said.index("My Service is made") < said.index(NO_HISTORY)


def test_service_follows_its_template(
    repository: Path, cookiecutter: Cookiecutter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(cookiecutter.home))
    answers = {"project_name": "Shop", "roles": ["producer"]}
    cookiecutter.make(f"file://{repository}", "--checkout", "v1", answers=answers)
    service = cookiecutter.output / "shop"
    readme = service / "README.md"
    readme.write_text(readme.read_text() + "\nOurs.\n")
    commit(service)
    run_git(repository, "tag", "v2")

    run_update(service, defaults=True, overwrite=True, quiet=True)

    assert (service / "NEWS.md").read_text() == "Since v1.\n"
    assert readme.read_text().endswith("\nOurs.\n")
    assert recorded(service)["_commit"] == "v2"
    assert recorded(service)["roles"] == ["producer"]


def recorded(service: Path) -> dict[str, object]:
    return dict(yaml.safe_load((service / ".copier-answers.yml").read_text()))
