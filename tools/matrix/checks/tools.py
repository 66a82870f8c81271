"""The project's own tools find nothing: formatter, linter, types and layers."""

import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tools.matrix.rendering import Rendering
from tools.service import environment, tool

FORMAT = ("ruff", "format", "--check", "--no-cache", ".")
LINT = ("ruff", "check", "--no-cache", "--output-format=concise", ".")
TYPES = ("mypy", f"--cache-dir={os.devnull}", "--no-error-summary")
LAYERS = ("lint-imports", "--no-cache")


def run(command: tuple[str, ...], rendering: Rendering, where: Path | None = None) -> Iterator[str]:
    """Yield what a tool says where it fails.

    It is next to this Python, or in the environment `where`, which has the project's dependencies.
    """
    name, *arguments = command
    path = str(where / "bin" / name) if where else tool(name)
    done = subprocess.run(
        [path, *arguments],
        cwd=rendering.path,
        env={**environment(), "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = (done.stdout + done.stderr).splitlines()
        yield from (line for line in lines if line.strip())


formatted = partial(run, FORMAT)
linted = partial(run, LINT)
typed = partial(run, TYPES)
layered = partial(run, LAYERS)
