"""The result of a run."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from tests.chaos.checker import Checked
from tests.chaos.run import Run
from tools.drill.servers import MissingError
from tools.required import services_are_required


def exit_code(planned: Run, run: Coroutine[Any, Any, Checked], again: str = "") -> int:
    """Await `run` and return 0 where all that must hold holds; `again` is what the options follow.

    If servers are missing, the run has not started. That is a failure if `REQUIRE_SERVICES=1` says
    that they are there.
    """
    try:
        checked = asyncio.run(run)
    except MissingError as missing:
        print(f"chaos not run: {missing}", file=sys.stderr)
        return 1 if services_are_required() else 0
    if not checked.findings:
        return 0
    again += f"--seed {planned.seed} --seconds {planned.seconds:g}"
    print(f"{len(checked.findings):,} findings; again: ./run chaos -- {again}", file=sys.stderr)
    return 1
