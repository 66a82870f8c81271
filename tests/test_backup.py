"""The programs of `deploy/server` for backups; `tests/chassis/e2e/test_backup.py` runs them."""

import os
import subprocess

import pytest

from tests.conftest import Render
from tools.required import program


@pytest.mark.needs(program("shellcheck"))
def test_shellcheck_finds_nothing(render: Render) -> None:
    folder = render("full") / "deploy" / "server"
    scripts = ("backup", "restore")
    assert all(os.access(folder / name, os.X_OK) for name in scripts)
    command = ["shellcheck", "--external-sources", *scripts, "backup-common"]
    checked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_timer_starts_the_program_of_the_running_release(render: Render) -> None:
    project = render("full")
    units = project / "deploy" / "server" / "systemd"
    service = (units / "backup.service").read_text()
    assert "\nExecStart=/srv/my-service/current/deploy/server/backup\n" in service
    timer = (units / "backup.timer").read_text().splitlines()
    assert {"Persistent=yes", "RandomizedDelaySec=1h", "WantedBy=timers.target"} <= {*timer}
