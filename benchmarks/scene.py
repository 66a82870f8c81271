"""The setting for a benchmark of whole processes: the unchanged service, on a stand's servers."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.stand import stand
from tools.drill.stage import Stage, stage
from tools.service import Service


@asynccontextmanager
async def scene(name: str) -> AsyncIterator[tuple[Stage, Service]]:
    """Start the servers and yield a stage for processes of the service, which end with the block.

    A process that ends other than well is told, with its last log lines.
    """
    async with stand() as on:
        async with stage(name, on.folder, on.servers) as processes:
            yield processes, Service(on.folder / "service")
        if unclean := processes.unclean():
            print(f"ended with an error: {', '.join(unclean)}", file=sys.stderr)
            print(processes.logs(), file=sys.stderr)
