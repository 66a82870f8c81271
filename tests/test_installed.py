import json
import sys
from pathlib import Path

import pytest

from tools.installed import check_installed
from tools.service import Service

# The requirements of each of these.
NEEDED = {
    "greeter": ["between>=1", "optional>=1; extra == 'tracing'"],
    "between": ["deep[more]"],
    "deep": ["grpcio>=1; extra == 'more'", "missing; python_version < '3'"],
    "optional": ["protobuf>=6"],
    "grpcio": [],
    "protobuf": [],
}


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, needed in NEEDED.items():
        folder = tmp_path / "packages" / f"{name}-1.0.dist-info"
        folder.mkdir(parents=True)
        lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0"]
        lines += [f"Requires-Dist: {each}" for each in needed]
        (folder / "METADATA").write_text("\n".join(lines) + "\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))


def service(folder: Path, transports: list[str]) -> Service:
    answers = f"project_slug: greeter\ntransports: {json.dumps(transports)}\n"
    (folder / ".copier-answers.yml").write_text(answers)
    (folder / ".venv" / "bin").mkdir(parents=True)
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n")
    python.chmod(0o755)
    return Service(folder)


@pytest.mark.usefixtures("environment")
def test_what_a_transport_needs_goes_with_it_however_deep(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"greeter installs without need: \['grpcio'\]"):
        check_installed(service(tmp_path, ["http"]))


@pytest.mark.usefixtures("environment")
def test_what_it_needs_is_there_for_it_and_extras_are_no_need(tmp_path: Path) -> None:
    check_installed(service(tmp_path, ["http", "grpc"]))
