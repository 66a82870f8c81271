"""What is done with one rendering, in a process of its own."""

import sys
import time
from pathlib import Path

from tools.generated import try_out
from tools.in_place import ENVIRONMENT
from tools.matrix.catalogue import EACH, with_types
from tools.matrix.outcome import Outcome
from tools.matrix.rendering import Rendering
from tools.service import Service
from tools.working_tree import render


def look(template: Path, name: str, rendering: Rendering) -> Outcome:
    """Render an answer set, and run what every rendering is held to."""
    begun = time.monotonic()
    render(template, rendering.path, rendering.answers)
    outcome = Outcome(
        name, rendering.code, {"rendering": []}, {"rendering": time.monotonic() - begun}
    )
    return outcome.judge(rendering, EACH)


def look_closely(name: str, rendering: Rendering) -> Outcome:
    """Run what is the same for all renderings of this code."""
    return Outcome(name, rendering.code).judge(rendering, with_types(ENVIRONMENT))


def run_own(name: str, rendering: Rendering) -> Outcome:
    """Install a project and run its own check and tests, without the servers of its adapters."""
    begun = time.monotonic()
    sys.stdout.flush()
    passed = try_out(Service(rendering.path), f"matrix-{name}", "-n", "2", adapters=False)
    problems = [] if passed else [f"failed with {dict(rendering.answers)}"]
    return Outcome(
        name, rendering.code, {"own tests": problems}, {"own tests": time.monotonic() - begun}
    )
