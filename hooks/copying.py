"""Finds Copier, which need not be where cookiecutter is, and runs it."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MISSING = """\
Copier makes the service, and it is not to be found: it cannot be imported, and none of
`copier`, `uvx` and `pipx` is on the PATH. Install one of them, for example: pip install copier"""

# The answers, and what begins with `_`: where the template is, and where it goes to.
Context = dict[str, Any]

# A part of a list that was given as text.
NAME = r"""[^][,\s'"]+"""

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def find_copier() -> list[str]:
    """Return the command that runs Copier, the nearest one; exit where there is none."""
    found = importlib.util.find_spec("copier")
    # A mere folder of that name has no origin.
    if found and found.origin:
        return [sys.executable, "-m", "copier"]
    for name, *rest in (["copier"], ["uvx", "copier"], ["pipx", "run", "copier"]):
        if path := shutil.which(name):
            return [path, *rest]
    raise SystemExit(MISSING)


def copy(context: Context, template: Path | str, project: Path, *options: str) -> str:
    """Let Copier copy `template` to `project` with the answers of `context`; return what it says.

    Exit with Copier's own sentence where it refuses.
    """
    command = [*find_copier(), "copy", "--defaults", *options]
    with tempfile.TemporaryDirectory(prefix="shallot-") as folder:
        data = Path(folder, "answers.yml")
        data.write_text(answers(context))
        done = subprocess.run(
            [*command, f"--data-file={data}", str(template), str(project)],
            # Python would import from the folder that it is started in.
            cwd=folder,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            check=False,
        )
    said = COLOUR.sub("", done.stderr.decode(errors="replace"))
    if done.returncode:
        raise SystemExit(refusal(said))
    return said


def refusal(said: str) -> str:
    """Return the sentence in which Copier refused, without the traceback before it."""
    _, found, sentence = said.rpartition("\nValueError: ")
    return (sentence if found else said).strip()


def answers(context: Context) -> str:
    """Return the answers as YAML."""
    lines = {
        name: listed(str(value)) if name in context["_lists"] else quoted(str(value))
        for name, value in context.items()
        if not name.startswith("_")
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


def listed(text: str) -> str:
    """Return what `text` names as a YAML list: `a, b` as well as `[a, b]` and `["a", "b"]`."""
    return f"[{', '.join(quoted(name) for name in re.findall(NAME, text))}]"


def quoted(text: str) -> str:
    """Return `text` as YAML, by the number of each character, so that none means anything."""
    return '"' + "".join(f"\\U{ord(letter):08x}" for letter in text) + '"'
