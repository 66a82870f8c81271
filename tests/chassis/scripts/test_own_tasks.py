import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
TASK = '[tasks.greet]\ncmd = "echo hello"\n'


def poe(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "poethepoet", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_tasks_of_ones_own_are_found_with_those_of_the_template(tmp_path: Path) -> None:
    for name in ("poe_tasks.toml", "own_tasks.toml"):
        shutil.copy(ROOT / name, tmp_path)
    own = tmp_path / "own_tasks.toml"
    listed = poe(tmp_path)
    assert "update" in listed.stdout
    assert listed.stderr == ""

    own.write_text(own.read_text() + TASK)

    assert "greet" in poe(tmp_path).stdout
    assert poe(tmp_path, "--quiet", "--executor", "simple", "greet").stdout == "hello\n"
