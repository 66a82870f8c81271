"""Renders the template and installs what comes out, the way its user would."""

import fcntl
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
REPORTS = ROOT / "build" / "reports"
CACHES = ROOT / "build" / "mypy"

# uv comes with nox, in a folder that is on no PATH; the session names it.
UV = os.environ.get("UV", "uv")

# The default answer first, then what else a service may run on.
PYTHONS = ("3.13", "3.14", "3.12")

# pip's options for the versions that were tested together, to be used in the folder of a service.
TESTED = ("--constraint", "constraints.txt", "--build-constraint", "constraints.txt")


@dataclass(frozen=True)
class Service:
    """A rendered project in `path`."""

    path: Path

    @property
    def slug(self) -> str:
        """The answer `project_slug`, which is also the name of its command."""
        answers = (self.path / ".copier-answers.yml").read_text()
        found = re.search(r"^project_slug: (.+)$", answers, re.MULTILINE)
        assert found, answers
        return found[1]

    def command(self, name: str) -> str:
        """Return the path of `name` among the commands that `install` brought."""
        return str(self.path / ".venv" / "bin" / name)

    def run(self, name: str, *arguments: str) -> int:
        """Run one of these commands in the project's folder; return its exit code."""
        command = [self.command(name), *arguments]
        return subprocess.run(command, cwd=self.path, env=environment(), check=False).returncode


def render(path: Path, answers: Mapping[str, object]) -> Service:
    """Render the working tree, committed or not, into `path` by `copier copy --defaults`.

    `python_version` is what `find_python` returns, unless `answers` has one.
    """
    answers = {"python_version": find_python(), **answers}
    data = [f"--data={name}={spell(answer)}" for name, answer in answers.items()]
    copy("--vcs-ref=HEAD", *data, str(ROOT), str(path))
    return Service(path)


def copy(*arguments: str) -> None:
    """Run `copier copy --defaults` in a process of its own; raises `CalledProcessError`."""
    # `-W ignore`: Copier warns of what is not committed, which is just what is wanted here.
    command = [sys.executable, "-W", "ignore", "-m", "tools.copying", "copy", "--quiet"]
    command += ["--defaults", *arguments]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)


def spell(answer: object) -> str:
    """Return `answer` as `--data` takes it: a text as it is, a list as JSON."""
    return answer if isinstance(answer, str) else json.dumps(answer)


def install(service: Service, *arguments: str) -> None:
    """Install the project into its `.venv`, with the versions that were tested together."""
    make_environment(service.path / ".venv")
    pip_install(service, *TESTED, "--editable", ".", *arguments)


def pip_install(service: Service, *arguments: str) -> None:
    """Install what pip's `arguments` say into the project's `.venv`."""
    command = [UV, "pip", "install", "--quiet", "--python", ".venv", *arguments]
    subprocess.run(command, cwd=service.path, env=environment(), check=True)


def install_without_uv(service: Service, *arguments: str) -> None:
    """Install the project as its README tells those who have no uv: by Python's venv and pip."""
    # uv finds the Python, which may be one that is not on the `PATH`.
    python = [UV, "run", "--quiet", "--isolated", "--no-project", "--python", find_python()]
    pip = [service.command("python"), "-m", "pip", "install", "--quiet"]
    project = ["--constraint", "constraints.txt", "--editable", ".", *arguments]
    for command in (
        [*python, "python", "-m", "venv", "--clear", ".venv"],
        # Older ones know no dependency groups.
        [*pip, "pip>=25.1,<27"],
        [*pip, *project],
    ):
        subprocess.run(command, cwd=service.path, env=environment(), check=True)


def lock(service: Service) -> None:
    """Write `uv.lock` with the tested versions, as a service has it that its user locked today."""
    file = service.path / "pyproject.toml"
    text = file.read_text()
    pinned = (service.path / "constraints.txt").read_text().splitlines()
    lines = [f"    {json.dumps(line)}," for line in pinned if "==" in line]
    command = [UV, "lock", "--quiet", "--python", find_python()]
    file.write_text("\n".join([text, "[tool.uv]", "constraint-dependencies = [", *lines, "]", ""]))
    try:
        subprocess.run(command, cwd=service.path, env=environment(), check=True)
    finally:
        file.write_text(text)
    # uv keeps the versions that it finds in the file.
    subprocess.run(command, cwd=service.path, env=environment(), check=True)


def tool(name: str) -> str:
    """Return the path of a command that was installed next to this Python."""
    return str(Path(sys.executable).with_name(name))


def make_environment(path: Path) -> None:
    """Make a virtual environment of the Python that `find_python` chooses."""
    command = [UV, "venv", "--quiet", "--clear", "--no-project", "--python", find_python()]
    subprocess.run([*command, str(path)], env=environment(), check=True)


def find_python() -> str:
    """Return the version that a service is tested on.

    One that is installed, so that nothing has to be downloaded; where there is none,
    the default answer, for uv to fetch.
    """
    find = [UV, "python", "find", "--quiet", "--system", "--no-project", "--no-python-downloads"]
    for version in PYTHONS:
        found = subprocess.run(
            [*find, version], env=environment(), capture_output=True, check=False
        )
        if found.returncode == 0:
            return version
    return PYTHONS[0]


def environment() -> dict[str, str]:
    """Return the environment without what nox sets for the session that this process runs in.

    With that, a project's own `uv sync` would go into the session's virtual environment.
    """
    of_session = {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON"}
    kept = {name: value for name, value in os.environ.items() if name not in of_session}
    return {"MYPY_CACHE_DIR": str(_claim_cache()), **kept}


@cache
def _claim_cache() -> Path:
    """Return a cache for mypy that no other process has, until this one ends.

    Most modules of one project are those of the others: their types are checked once. But a
    database that two runs of mypy create at the same time is locked for one of them, which ends
    with an internal error.
    """
    CACHES.mkdir(parents=True, exist_ok=True)
    number = 0
    while True:
        lock = os.open(CACHES / f"{number}.lock", os.O_CREAT | os.O_RDWR)
        try:
            # It stays open, and so locked, as long as this process runs.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return CACHES / str(number)
        except BlockingIOError:
            os.close(lock)
            number += 1
