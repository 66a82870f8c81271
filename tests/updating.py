"""A template with releases, and `poe update` of a service, as tests need them."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.releases import git
from tools.service import Service, environment
from tools.updates.case import generate
from tools.updates.history import commit


@dataclass(frozen=True)
class History:
    """The template with its releases, and the working tree as the newest."""

    path: Path
    releases: list[str]


@dataclass(frozen=True)
class Slim:
    """A copy of the template with few of its files, and a service of its first version."""

    template: Path
    service: Service

    @property
    def project(self) -> Path:
        """The folder of the service."""
        return self.service.path

    def release(self, version: str, **files: str | None) -> None:
        """Write these files of the template, remove those that are `None`, and tag a version."""
        write(self.template / "template", files)
        commit(self.template, version, version)

    def edit(self, **files: str | None) -> None:
        """Write these files of the service, remove those that are `None`, and commit."""
        write(self.project, files)
        commit(self.project, "ours")

    def status(self) -> str:
        """Return what git says that has changed since the last commit."""
        return git(self.project, "status", "--porcelain", "--untracked-files=all")


def make_slim(slim: Path, folder: Path) -> Slim:
    """Clone a slim template and generate a service from it."""
    template = clone(slim, folder / "template")
    return Slim(template, generate(template, "1000.1.0", folder / "service", {}))


def write(folder: Path, files: dict[str, str | None]) -> None:
    """Write files, and remove those that are `None`."""
    for name, text in files.items():
        file = folder / name
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)


def clone(repository: Path, into: Path, *options: str) -> Path:
    """Return where a clone of it is."""
    command = ["git", "clone", "--quiet", *options, str(repository), str(into)]
    subprocess.run(command, check=True)
    return into


def task(service: Service, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `poe update` of a service, with the Copier of this environment and without questions."""
    command = [sys.executable, "-W", "ignore", "-m", "scripts.update", *arguments]
    return subprocess.run(
        command,
        cwd=service.path,
        env=environment() | {"COLUMNS": "200"} | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def replace(file: Path, before: str, after: str) -> None:
    """Replace what is there once."""
    text = file.read_text()
    assert text.count(before) == 1, text
    file.write_text(text.replace(before, after))
