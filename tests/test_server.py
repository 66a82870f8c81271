"""The files of `deploy/server`, checked by the programs that read them on a server."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Render
from tools.drill.server.front import CONFIGURATION, prepare
from tools.required import program
from tools.service import Service

# They have the answer `server`: with every transport, with a long domain, and without a transport.
NAMES = ["full", "served", "worker"]
PORTS = {"http": 1, "tcp": 2, "grpc": 3}
SERVER = CONFIGURATION.parent


def scripts(project: Path) -> list[Path]:
    found = [path for path in (project / SERVER).iterdir() if path.is_file()]
    return sorted(path for path in found if re.search(r"shell=bash|^#!.*bash", path.read_text()))


def units(project: Path, pattern: str = "*.service") -> list[Path]:
    return sorted((project / SERVER / "systemd").glob(pattern))


@pytest.mark.needs(program("nginx"))
@pytest.mark.parametrize("name", NAMES)
def test_nginx_takes_its_configuration(render: Render, tmp_path: Path, name: str) -> None:
    prepare(Service(render(name)), tmp_path, [PORTS, PORTS])
    done = run("nginx", "-t", "-c", str(tmp_path / "nginx.conf"))
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_scripts_can_be_run_and_open_nothing_to_all(render: Render) -> None:
    for script in scripts(render("full")):
        text = script.read_text()
        assert bool(script.stat().st_mode & 0o100) == text.startswith("#!")
        assert not text.startswith("#!") or "\nset -euo pipefail\n" in text
        assert not re.search(r"\b0?777\b", text)


@pytest.mark.parametrize("name", NAMES)
def test_ports_of_operations_are_in_no_configuration_of_nginx(render: Render, name: str) -> None:
    text = (render(name) / CONFIGURATION).read_text()
    assert not re.search(r":900\d|/metrics|/readyz", text)


def test_instances_listen_where_nginx_expects_them(render: Render) -> None:
    (unit,) = units(render("full"), "service@.service")
    ports = dict(re.findall(r"\b(HTTP|TCP|GRPC)_PORT=(\d+)%i", unit.read_text()))
    text = (render("full") / CONFIGURATION).read_text()
    for name, port in ports.items():
        upstream = re.search(rf"upstream service_{name.lower()} {{(.+?)}}", text, re.DOTALL)
        assert upstream
        assert re.findall(r":(\d+) ", upstream[1]) == [f"{port}1", f"{port}2"]


def test_tools_need_a_password(render: Render) -> None:
    text = (render("full") / CONFIGURATION).read_text()
    servers = text.split("    server {\n")
    tools = [it for it in servers if re.search(r"server_name (adminer|dbeaver|port|graf|rmq)", it)]
    assert len([it for it in tools if "listen 443" in it]) == 5
    logs = re.search(r"location /logs/ {(.+?)\n        }", text, re.DOTALL)
    assert logs
    for part in [logs[1], *(it for it in tools if "listen 443" in it)]:
        assert part.index("deny all;") < part.index("auth_basic_user_file")


def test_stop_has_more_time_than_the_service_takes(render: Render) -> None:
    (unit,) = units(render("full"), "service@.service")
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit.read_text(), re.MULTILINE)
    (grace,) = re.findall(
        r"^# SHUTDOWN_GRACE=(\d+)$", (render("full") / ".env.example").read_text(), re.MULTILINE
    )
    assert int(seconds) >= int(grace) + 10


@pytest.mark.needs(program("systemd-analyze", "systemd"))
def test_systemd_takes_the_units(render: Render, tmp_path: Path) -> None:
    for unit in units(render("full")):
        # The user and the program are those of this machine.
        text = re.sub(r"^(User|Group)=.*$", r"\1=root", unit.read_text(), flags=re.MULTILINE)
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        name = unit.name.replace("@", "@1")
        (tmp_path / name).write_text(text)
        done = run("systemd-analyze", "verify", "--man=no", str(tmp_path / name))
        assert name not in done.stderr, done.stderr


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)
