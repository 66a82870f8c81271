"""The work for one rendering, in a separate process."""

import shutil
import time
from pathlib import Path

from copier.errors import CopierError
from jinja2 import TemplateError

from tools.generated import try_out
from tools.in_place import ENVIRONMENT
from tools.matrix.catalogue import EACH, with_types
from tools.matrix.outcome import Outcome
from tools.matrix.rendering import Rendering
from tools.service import Service
from tools.working_tree import render

CHASSIS = Path("src", "chassis")


def look(template: Path, name: str, rendering: Rendering) -> Outcome:
    """Render an answer set, and run what every rendering is held to.

    It is removed again: all of them together would be too much for a disk. Without a rendering, its
    outcome has no code.
    """
    begun = time.monotonic()
    try:
        _make(template, rendering)
    except (CopierError, TemplateError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
        return Outcome(name, "", {"rendering": [problem]}, {"rendering": time.monotonic() - begun})
    took = time.monotonic() - begun
    outcome = Outcome(name, rendering.code, {"rendering": []}, {"rendering": took})
    outcome.judge(rendering, EACH)
    shutil.rmtree(rendering.path)
    return outcome


def look_closely(template: Path, name: str, rendering: Rendering) -> Outcome:
    """Render an answer set again, and run the checks that are the same for all renderings of this
    code.
    """
    _make(template, rendering)
    return Outcome(name, rendering.code).judge(rendering, with_types(ENVIRONMENT))


def _make(template: Path, rendering: Rendering) -> None:
    """Render an answer set, with the chassis's source even if the service has its package.

    The checks read the code that the service runs with.
    """
    render(template, rendering.path, rendering.answers)
    if not (rendering.path / CHASSIS).exists():
        source = rendering.path.with_name(f"{rendering.path.name}-source")
        render(template, source, {**rendering.answers, "chassis": "source"})
        shutil.move(source / CHASSIS, rendering.path / CHASSIS)
        shutil.rmtree(source)


def run_own(template: Path, name: str, rendering: Rendering) -> Outcome:
    """Install a project and run its own check and tests, in two processes."""
    begun = time.monotonic()
    if not rendering.path.exists():
        render(template, rendering.path, rendering.answers)
    passed = try_out(Service(rendering.path), f"matrix-{name}", "-n", "2")
    problems = [] if passed else [f"failed with {dict(rendering.answers)}"]
    return Outcome(
        name, rendering.code, {"own tests": problems}, {"own tests": time.monotonic() - begun}
    )
