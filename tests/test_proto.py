import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.service import ROOT, UV, environment

TEMPLATE = ROOT / "template"
GENERATED = TEMPLATE / "src/app/interfaces/grpc/generated"
MODULES = sorted(path.relative_to(GENERATED) for path in GENERATED.rglob("*_pb2.py*"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("generated")
    run(
        "import sys; from pathlib import Path; from scripts.proto import make;"
        "sys.exit(make((sys.executable, '-m', 'grpc_tools.protoc'), Path(sys.argv[1])))",
        str(out),
    )
    return out


def test_proto_files_keep_the_rules() -> None:
    run("import sys; from scripts.proto import lint; sys.exit(lint(('buf',)))")


def test_proto_files_are_formatted() -> None:
    buf = [str(Path(sys.executable).with_name("buf")), "format", "--diff", "--exit-code"]
    formatted = subprocess.run(buf, cwd=TEMPLATE, capture_output=True, text=True, check=False)
    assert formatted.returncode == 0, formatted.stdout + formatted.stderr


def test_generated_modules_are_there() -> None:
    assert [path.suffix for path in MODULES] == [".py", ".pyi"]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_generated_module_is_what_the_proto_file_gives(module: Path, made: Path) -> None:
    assert (GENERATED / module).read_text() == (made / module).read_text()


def test_nothing_else_would_be_generated(made: Path) -> None:
    assert sorted(path.relative_to(made) for path in made.rglob("*_pb2*")) == MODULES


@pytest.mark.parametrize("path", [Path(UV).parent, "/nonexistent"], ids=["uv", "pip"])
def test_tools_come_from_the_package_index(tmp_path: Path, path: Path | str) -> None:
    for folder in ("scripts", "proto"):
        shutil.copytree(TEMPLATE / folder, tmp_path / folder)
    (tmp_path / "buf.yaml").write_text((TEMPLATE / "buf.yaml").read_text())
    out = tmp_path / "src/app/interfaces/grpc/generated"
    out.mkdir(parents=True)
    subprocess.run(
        [sys.executable, "-m", "scripts.proto"],
        cwd=tmp_path,
        env={**environment(), "PATH": str(path)},
        check=True,
    )
    assert sorted(made.relative_to(out) for made in out.rglob("*_pb2*")) == MODULES


def run(code: str, *arguments: str) -> None:
    command = [sys.executable, "-c", code, *arguments]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        command, cwd=TEMPLATE, env={"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
