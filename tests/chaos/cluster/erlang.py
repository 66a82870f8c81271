"""The answer of an Erlang node, without the network between the nodes."""

import asyncio

from tools.required import program

# Seconds for an answer; a node may have to wait for the rest of the cluster.
PATIENCE = 20.0


def lacks() -> str:
    """Return what this machine has not got for it, or ""."""
    return program("erl_call", "erlang-base")


async def evaluate(port: int, cookie: str, expressions: str) -> str:
    """Return what the last of these expressions comes to at the node that listens there.

    Raises `RuntimeError` where it fails, `TimeoutError` where nothing comes.
    """
    child = await asyncio.create_subprocess_exec(
        *("erl_call", "-r", "-c", cookie, "-address", f"localhost:{port}", "-e"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            output, _ = await child.communicate(f"{expressions}\n".encode())
    except BaseException:
        child.kill()
        await child.wait()
        raise
    told = output.decode().strip()
    if child.returncode or not told.startswith("{ok,"):
        raise RuntimeError(f"the node on port {port} does not answer {expressions!r}: {told}")
    return told
