"""The load on any transport: the callers of `inside/ask_*.py`, in a process of their own."""

import asyncio
import json

from benchmarks.wrk import Result
from tools.service import ROOT, Service, environment

CALLERS = {
    "tcp": "ask_sockets",
    "http": "ask_sockets",
    "grpc": "ask_grpc",
    "quic": "ask_quic",
    "p2p": "ask_peers",
    "webrtc": "ask_channels",
}


async def load(
    service: Service, transport: str, port: int, seconds: float, connections: int, ahead: int
) -> Result:
    """Register again and again on so many connections, with `ahead` requests under way on each.

    Raises `RuntimeError` where any was not accepted.
    """
    module = f"benchmarks.inside.{CALLERS[transport]}"
    figures = (str(each) for each in (port, seconds, connections, ahead))
    child = await asyncio.create_subprocess_exec(
        *(service.command("python"), "-m", module, transport, *figures),
        env=environment() | {"PYTHONPATH": str(ROOT), "GRPC_VERBOSITY": "ERROR"},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"the callers of {transport} failed")
    result = Result(**json.loads(output))
    if result.refused:
        raise RuntimeError(f"not every request was answered well: {result}")
    return result
