"""The first commands of a reader, in an empty folder, from the landing page and the README."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.pages import commands, indented_commands
from tests.terminal import Terminals, wait_for
from tools.required import program
from tools.service import ROOT

PLACEHOLDER = "URL-OF-SHALLOT"
GIT = ["git", "-c", "user.name=Shallot", "-c", "user.email=shallot@example.invalid"]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path) -> Path:
    """Return the folder that the reader is in."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.fixture
def repository(template: Path, tmp_path: Path) -> Path:
    """Return the working tree as a git repository, which the reader has the address of."""
    path = tmp_path / "repository"
    subprocess.run(["cp", "-R", str(template), str(path)], check=True)
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "all"]):
        subprocess.run([*GIT, *arguments], cwd=path, check=True)
    return path


def landing_page(project: Path) -> list[tuple[bool, str]]:
    return list(commands(ROOT / "docs" / "index.md", project))


def readme() -> list[tuple[bool, str]]:
    text = (ROOT / "README.md").read_text()
    return list(indented_commands(text.split("\n## Make a service\n")[1].split("\n## ")[0]))


def typed(folder: Path, page: Iterable[tuple[bool, str]], address: Path | str) -> str:
    """Return what the commands of a page print that end, with `address` for the placeholder."""
    printed, logs = "", []
    with Terminals(folder) as terminals:
        for stays, text in page:
            if stays:
                logs.append(terminals.start(text))
            else:
                printed += terminals.run(text.replace(PLACEHOLDER, str(address)))
        for stream in logs[1:]:
            wait_for(stream, '"action_type":"greeted"')
    return printed


def test_landing_page_starts_a_service_in_an_empty_folder(
    empty_folder: Path, repository: Path
) -> None:
    page = landing_page(empty_folder / "my-service")
    assert [text for stays, text in page if stays] == ["uv run my-service serve"]
    typed(empty_folder, page, repository)


@pytest.mark.needs(program("curl"))
def test_readme_starts_a_service_that_streams_in_an_empty_folder(
    empty_folder: Path, repository: Path
) -> None:
    page = readme()
    assert [text.split()[0] for stays, text in page if stays] == ["uv", "curl"]
    printed = typed(empty_folder, page, repository)
    assert '"id":' in printed


def test_placeholder_that_is_left_in_is_named(empty_folder: Path) -> None:
    for page in (landing_page(empty_folder), readme()):
        with pytest.raises(AssertionError, match=f"repository '{PLACEHOLDER}' does not exist"):
            typed(empty_folder, page, PLACEHOLDER)
        assert list(empty_folder.iterdir()) == []
