"""Lints `proto/` and generates the modules of its files: `python -m scripts.proto`.

buf and protoc come from the package index, into a separate temporary environment. The modules of
grpcio-tools 1.81 load on protobuf 6 and 7, and it needs another protobuf than the service. If uv is
installed, it makes that environment, else Python's own venv and pip do.
"""

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path("proto")
OUT = Path("src/app/interfaces/grpc/generated")

TOOLS = ("buf-bin==1.75.0", "grpcio-tools==1.81.1")


def main() -> int:
    """Return 0 if all went well."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "tools"
        for command in installation(environment):
            if code := subprocess.run(command, check=False).returncode:
                return code
        buf, python = (str(commands(environment) / name) for name in ("buf", "python"))
        return lint((buf,)) or make((python, "-m", "grpc_tools.protoc"), OUT)


def installation(environment: Path) -> Iterator[list[str]]:
    """Yield the commands that make an environment with buf and protoc."""
    path = str(environment)
    if uv := shutil.which("uv"):
        yield [uv, "venv", "--quiet", "--no-project", "--python", sys.executable, path]
        yield [uv, "pip", "install", "--quiet", "--python", path, *TOOLS]
    else:
        yield [sys.executable, "-m", "venv", path]
        python = str(commands(environment) / "python")
        yield [python, "-m", "pip", "install", "--quiet", *TOOLS]


def commands(environment: Path) -> Path:
    """Return the folder of an environment's commands, which Windows calls `Scripts`."""
    return Path(sysconfig.get_path("scripts", "venv", {"base": str(environment)}))


def lint(buf: tuple[str, ...]) -> int:
    """Return 0 if the rules of `buf.yaml` hold; print the violations."""
    return subprocess.run([*buf, "lint"], check=False).returncode


def make(protoc: tuple[str, ...], out: Path) -> int:
    """Write a module and its stub below `out` for each file, and return 0 where that went well."""
    files = sorted(path.as_posix() for path in FOLDER.rglob("*.proto"))
    options = [f"--proto_path={FOLDER}", f"--python_out={out}", f"--pyi_out={out}"]
    return subprocess.run([*protoc, *options, *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
