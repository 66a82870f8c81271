"""The output of a command."""

import asyncio
from collections.abc import Mapping
from pathlib import Path


async def printed(*line: str, env: Mapping[str, str], told: str, cwd: Path | None = None) -> str:
    """Run a command and return its output.

    Raises `RuntimeError` with what it says where it fails; `told` names it there.
    """
    child = await asyncio.create_subprocess_exec(
        *line,
        cwd=cwd,
        env=dict(env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"{told} failed: {(errors or output).decode().strip()}")
    return output.decode()
