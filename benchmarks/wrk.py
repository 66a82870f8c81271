"""The load on an HTTP server: wrk (https://github.com/wg/wrk), one thread, many connections."""

import asyncio
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".lua")
ASK = Path(__file__).with_name("paths.lua")


@dataclass(frozen=True)
class Result:
    """The counts of wrk; `p50` and `p99` are times from request to answer, in ms.

    `refused` are answers from 400 upwards, `broken` are connections that failed or timed out.
    """

    requests: int
    seconds: float
    refused: int
    broken: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Answers in a second."""
        return self.requests / self.seconds


async def load(url: str, seconds: float, connections: int) -> Result:
    """Post notifications to `url`, which may name a path other than `/notifications`.

    Raises `RuntimeError` where any was not accepted.
    """
    return await _run(SCRIPT, url, seconds, connections)


async def ask(url: str, seconds: float, paths: Path) -> Result:
    """Get the paths that are the lines of a file, in turns, one at a time.

    Raises `RuntimeError` where any was not answered well.
    """
    return await _run(ASK, url, seconds, 1, "--", str(paths))


async def _run(script: Path, url: str, seconds: float, connections: int, *arguments: str) -> Result:
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: `apt-get install wrk`, or see its README")
    child = await asyncio.create_subprocess_exec(
        *("wrk", "--threads", "1", "--connections", str(connections)),
        *("--duration", f"{seconds:g}s", "--timeout", "10s", "--script", str(script), url),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await child.communicate()
    last = output.decode().splitlines()[-1:]
    if child.returncode or not last or not last[0].startswith("{"):
        raise RuntimeError(f"wrk failed: {output.decode()}")
    result = Result(**json.loads(last[0]))
    if result.refused or result.broken:
        raise RuntimeError(f"not every request was answered well: {result}")
    return result
