"""Runs cookiecutter as its user does, in a home of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from copier import run_copy

from tests.matrix import Answers

NONE: Answers = MappingProxyType({})

GIT = ["git", "-c", "user.name=Shallot", "-c", "user.email=shallot@example.invalid"]

# The requirements of a template, in addition to `template/` itself.
PARTS = (
    "cookiecutter.json",
    "copier.yml",
    "fragments",
    "hooks",
    "licenses",
    "questions",
    # A file with Jinja includes it.
    "template/constraints.txt",
    "{{cookiecutter.__folder}}",
)


@dataclass(frozen=True)
class Cookiecutter:
    """Cookiecutter in the folder `home`, with what another Python or PATH would give it."""

    home: Path
    python: str = sys.executable
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def output(self) -> Path:
        """The folder of new services, unless an argument names another."""
        return self.home / "output"

    def run(
        self, template: Path | str, *arguments: str, answers: Answers = NONE, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Make a service, without a question where nothing is `typed`; return what came of it."""
        self.output.mkdir(parents=True, exist_ok=True)
        named = [f"{name}={spell(answer)}" for name, answer in answers.items()]
        # A replay asks nothing anyway, and bears neither answers nor the option.
        asks = typed or any("--replay" in it for it in arguments)
        silent = [] if asks else ["--no-input"]
        return subprocess.run(
            [self.python, "-m", "cookiecutter", *silent, *arguments, str(template), *named],
            cwd=self.output,
            env={**os.environ, "HOME": str(self.home), **self.variables},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

    def make(self, template: Path | str, *arguments: str, answers: Answers = NONE) -> str:
        """Make a service; return what is said at the end."""
        done = self.run(template, *arguments, answers=answers)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stderr


def spell(answer: object) -> str:
    """Return `answer` as cookiecutter takes it: a list by commas, and nothing that it renders."""
    text = ", ".join(answer) if isinstance(answer, list) else str(answer)
    return f"{{% raw %}}{text}{{% endraw %}}" if "{" in text else text


def small_template(template: Path, folder: Path) -> Path:
    """Return in `folder` what of `template` depends on an answer; the rest is copied as it is."""
    rendered = [path.relative_to(template) for path in (template / "template").rglob("*.jinja")]
    for name in [*map(Path, PARTS), *rendered]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (template / name).is_dir() else shutil.copy2
        copy(template / name, folder / name)
    return folder


def refusal(template: Path, folder: Path, answers: Answers) -> str:
    """Return the sentence in which Copier refuses `answers`."""
    try:
        run_copy(str(template), folder, data=dict(answers), defaults=True, quiet=True)
    except ValueError as refused:
        return str(refused)
    raise AssertionError(f"Copier takes {answers}")


def commit(folder: Path, tag: str = "") -> None:
    """Commit everything in `folder`, which becomes a repository; the commit may have a tag."""
    if not (folder / ".git").exists():
        run_git(folder, "init", "--quiet", "--initial-branch=main")
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "--quiet", "--message=a step")
    if tag:
        run_git(folder, "tag", tag)


def run_git(folder: Path, *arguments: str) -> None:
    """Let git work in `folder`."""
    subprocess.run([*GIT, *arguments], cwd=folder, check=True)


def bytes_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return the mode and the content of every file under `folder`, git's own left out."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mode, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }
