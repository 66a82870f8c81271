"""The programs of `deploy/server` for backups; `tests/chassis/e2e/test_backup.py` runs them."""

import os

from tests.conftest import Render


def test_programs_can_be_run(render: Render) -> None:
    folder = render("full") / "deploy" / "server"
    assert all(os.access(folder / name, os.X_OK) for name in ("backup", "restore"))


def test_timer_starts_the_program_of_the_running_release(render: Render) -> None:
    project = render("full")
    units = project / "deploy" / "server" / "systemd"
    service = (units / "backup.service").read_text()
    assert "\nExecStart=/srv/my-service/current/deploy/server/backup\n" in service
    timer = (units / "backup.timer").read_text().splitlines()
    assert {"Persistent=yes", "RandomizedDelaySec=1h", "WantedBy=timers.target"} <= {*timer}
