"""One service, from an older version of the template to the newest."""

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from tools.releases import git
from tools.service import Service, copy, environment, find_python, spell
from tools.updates.edits import Edited
from tools.updates.history import IDENTITY, NEXT, commit

COPIER = [sys.executable, "-W", "ignore", "-m", "copier"]


@dataclass(frozen=True)
class Outcome:
    """The result of an update; `seconds` is its duration.

    `left` are files at an old path that have moved.
    """

    changed: list[str]
    conflicts: list[str]
    rejected: list[str]
    lost: list[str]
    seconds: float
    code: int = 0
    said: str = ""
    left: tuple[str, ...] = ()


def generate(template: Path, version: str, path: Path, answers: Mapping[str, object]) -> Service:
    """Make a service from a version of the template, and commit it."""
    answers = {"python_version": find_python(), **answers}
    data = [f"--data={name}={spell(answer)}" for name, answer in answers.items()]
    copy(f"--vcs-ref={version}", *data, str(template), str(path))
    git(path, "init", "--quiet", "--initial-branch=main")
    git(path, "config", "user.name", IDENTITY[1].partition("=")[2])
    git(path, "config", "user.email", IDENTITY[3].partition("=")[2])
    commit(path, "made")
    return Service(path)


def follow(
    service: Service, edited: Edited, *arguments: str, version: str | None = NEXT
) -> Outcome:
    """Run `copier update`; raises `CalledProcessError` where it fails.

    Without a version Copier chooses: the newest release, or the last commit where none is tagged.
    """
    command = [*COPIER, "update", "--quiet", "--defaults", *arguments]
    if version is not None:
        command.append(f"--vcs-ref={version}")
    begun = time.monotonic()
    subprocess.run([*command, str(service.path)], check=True, cwd=service.path)
    return look(service.path, edited, time.monotonic() - begun)


def bring_forward(
    service: Service,
    edited: Edited,
    *arguments: str,
    template: Path | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Outcome:
    """Run the updater of a template, and return the result.

    Without a template it is the service's own `poe update`, without its checks. `settings` are
    added to its environment. Its exit code is 0, or 1 with conflicts or a refusal.
    """
    updater = [str(template / "update.py")] if template else ["-m", "scripts.update", "--no-checks"]
    command = [sys.executable, "-W", "ignore", *updater, "--yes"]
    begun = time.monotonic()
    done = subprocess.run(
        [*command, *arguments],
        cwd=service.path,
        env=environment() | {"COLUMNS": "200"} | dict(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    found = look(service.path, edited, time.monotonic() - begun)
    return replace(found, code=done.returncode, said=done.stdout + done.stderr)


def look(project: Path, edited: Edited, seconds: float) -> Outcome:
    """Return what has happened to a project since its last commit."""
    changed = git(project, "status", "--porcelain", "-z", "--untracked-files=all").split("\0")
    conflicts = git(project, "diff", "--name-only", "--diff-filter=U", "-z").split("\0")
    return Outcome(
        changed=sorted(line[3:] for line in changed if line),
        conflicts=[path for path in conflicts if path],
        rejected=[path.name for path in project.rglob("*.rej")],
        lost=edited.lost(project),
        seconds=seconds,
        left=tuple(edited.left(project)),
    )
