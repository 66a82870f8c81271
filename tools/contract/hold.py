"""Holds one running service to its document, by schemathesis."""

import asyncio
import sys
from pathlib import Path

from tools.service import ROOT

REPORTS = ROOT / "build" / "reports"
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


async def hold(url: str, name: str, examples: int, seed: int) -> bool:
    """Ask the service at `url`; return whether all its answers were as its document says.

    The requests follow the links of the document, from `examples` requests of each kind.
    schemathesis prints their number, and how to repeat each failure.
    """
    command = [
        str(Path(sys.executable).with_name("st")),
        *("--config-file", str(CONFIGURATION)),
        *("run", f"{url}/schema/openapi.json"),
        *("--max-examples", str(examples), "--seed", str(seed)),
        *("--report-junit-path", str(REPORTS / f"contract-{name}.xml")),
    ]
    print(f"--- {name}", flush=True)
    REPORTS.mkdir(parents=True, exist_ok=True)
    # It leaves its memory in its working folder.
    child = await asyncio.create_subprocess_exec(*command, cwd=REPORTS)
    return await child.wait() == 0
