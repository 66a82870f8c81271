"""Lints `proto/` and makes the modules of its files anew: `python -m scripts.proto`.

Needs uv, which brings buf and protoc each in an environment of its own: the modules that
grpcio-tools 1.81 makes load on protobuf 6 and 7, and it needs another protobuf than the service.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path("proto")
OUT = Path("src/app/interfaces/grpc/generated")

BUF = ("uvx", "--from", "buf-bin>=1.75,<2", "buf")
PROTOC = ("uvx", "--from", "grpcio-tools>=1.81.1,<1.82", "python", "-m", "grpc_tools.protoc")


def main() -> int:
    """Return 0 where all went well."""
    return lint(BUF) or make(PROTOC, OUT)


def lint(buf: tuple[str, ...]) -> int:
    """Return 0 where the rules of `buf.yaml` are kept; the others are printed."""
    return subprocess.run([*buf, "lint"], check=False).returncode


def make(protoc: tuple[str, ...], out: Path) -> int:
    """Write a module and its stub below `out` for each file, and return 0 where that went well."""
    files = sorted(path.as_posix() for path in FOLDER.rglob("*.proto"))
    options = [f"--proto_path={FOLDER}", f"--python_out={out}", f"--pyi_out={out}"]
    return subprocess.run([*protoc, *options, *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
