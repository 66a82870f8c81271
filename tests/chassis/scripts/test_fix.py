import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[3]
LONG = f"# A{' long' * 30} line.\n"
UNFORMATTED = "import os\nimport json\nprint( json.dumps( {'a':1} ) )\n"
FORMATTED = 'import json\n\nprint(json.dumps({"a": 1}))\n'


def fix(folder: Path, text: str) -> tuple[int, str, str]:
    """Return the exit code of `poe fix`, what it printed, and what it made of a file."""
    for name in ("poe_tasks.toml", "ruff.toml"):
        shutil.copy(PROJECT / name, folder)
    (folder / "scripts").mkdir()
    file = folder / "scripts" / "example.py"
    file.write_text('"""An example."""\n\n' + text, encoding="utf-8")
    command = ["poethepoet", "--directory", str(folder), "--executor", "simple", "fix"]
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    fixed = file.read_text(encoding="utf-8").partition("\n\n")[2]
    return done.returncode, done.stdout + done.stderr, fixed


def test_what_cannot_be_fixed_keeps_nothing_from_being_formatted(tmp_path: Path) -> None:
    code, printed, fixed = fix(tmp_path, LONG + UNFORMATTED)

    assert fixed == LONG + FORMATTED
    assert "E501" in printed
    assert "T201" in printed
    assert code == 1


def test_nothing_is_left_of_what_the_format_mends(tmp_path: Path) -> None:
    code, printed, fixed = fix(tmp_path, f"import os\n\nWORDS = [{'"word", ' * 12}]; LAST = 1\n")

    assert fixed.count('    "word",\n') == 12
    assert code == 0, printed
