"""A machine that runs a job: a clone of the service, and stand-ins for what is not here."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.releases import git
from tools.service import UV, environment
from tools.workflows.jobs import Job, Step

# The hosts of both systems have these; here they install into the machine's own environment.
PIPX = '#!/bin/sh\n[ "$1" = install ] && exec pip install --quiet "$2"\n'
# It records how it is called. There is no open pull request.
GH = """#!/bin/sh
echo "gh $*" >>"$GH_LOG"
case "$1 $2" in "pr list") echo "[]" ;; esac
"""
# Commands that cannot run here, and why.
SKIPPED = {
    r"^docker |\| docker |docker login": "not run: no container engine",
    r"pip-audit": "not run: asks a service on the internet for vulnerabilities",
}


def reason_to_skip(command: str) -> str:
    """Return why a command does not run here; an empty text if it does."""
    return next((why for form, why in SKIPPED.items() if re.search(form, command)), "")


class Machine:
    """Runs the steps of one job in `folder`; `settings` name the servers."""

    def __init__(self, job: Job, folder: Path, service: Path, settings: Mapping[str, str]) -> None:
        self._project = folder / "project"
        self._remote = folder / "remote.git"
        self._log = folder / "gh.log"
        folder.mkdir(parents=True)
        git(folder, "clone", "--quiet", "--bare", str(service), str(self._remote))
        git(self._remote, "config", "receive.advertisePushOptions", "true")
        git(folder, "clone", "--quiet", str(self._remote), str(self._project))
        programs = folder / "environment" / "bin"
        python = Path(sys.executable).resolve()
        subprocess.run([python, "-m", "venv", str(programs.parent)], check=True)
        for name, text in (("pipx", PIPX), ("gh", GH)):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self._given = settings
        self._settings = environment() | {
            "PATH": f"{programs}:{environment()['PATH']}",
            "GH_LOG": str(self._log),
            "HOME": str(folder),
            "UV_CACHE_DIR": cache(),
            "CI": "true",
            "CI_PROJECT_URL": f"file://{self._remote.with_suffix('')}",
            "UPDATE_TOKEN": "token",
        }
        if job.system == "github":
            self._settings["GITHUB_ACTIONS"] = "true"

    def run(self, step: Step) -> str:
        """Run a command as the systems do, and return how it ended."""
        command = ["bash", "-e", "-o", "pipefail", "-c", step.command]
        done = subprocess.run(
            command,
            cwd=self._project,
            # The addresses in the file are those of containers.
            env={**self._settings, **step.environment, **self._given},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout)
            return f"exit code {done.returncode}"
        return self._told(step, done.stdout)

    def _told(self, step: Step, output: str) -> str:
        counted = re.findall(r"\d+ passed[^=\n]*?(?= in )", output)
        if counted:
            return str(counted[-1])
        if "propose.sh" in step.command:
            branch = step.command.split()[2]
            files = git(self._remote, "diff", "--name-only", "main", branch).split()
            asked = " and a pull request" if self._log.exists() else ""
            return f"ok: pushed {len(files)} files{asked}"
        return "ok"


def cache() -> str:
    """Return the folder of uv's cache, so that the packages are not downloaded for each job."""
    command = [UV, "cache", "dir"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
