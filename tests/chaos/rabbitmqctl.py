"""The commands of an operator for a throwaway RabbitMQ."""

import asyncio
import shutil
from pathlib import Path

from tools.client.address import Address
from tools.required import MissingRight

# First the script itself: Debian's command on PATH changes to a user of its own.
PROGRAMS = ("/usr/lib/rabbitmq/bin/rabbitmqctl", "rabbitmqctl")
PATIENCE = 60.0

# The tool is a node too, and needs none of the server's own settings but the names.
NAMES = ("PATH", "HOME", "LANG", "ERL_EPMD_PORT", "RABBITMQ_NODENAME", "RABBITMQ_CONF_ENV_FILE")


def lacks() -> str:
    """Return what this machine has not got for it, or ""."""
    if _program() is None:
        return "rabbitmqctl (apt-get install rabbitmq-server)"
    is_there = Path("/proc/self/environ").exists()
    return "" if is_there else MissingRight("/proc, where the server's name stands")


async def control(url: str, *arguments: str) -> str:
    """Run `rabbitmqctl` on the server at the AMQP address `url`; return what it prints.

    Raises `RuntimeError` where it fails, `TimeoutError` where it does not end.
    """
    program = _program()
    assert program is not None, lacks()
    child = await asyncio.create_subprocess_exec(
        *(program, *arguments),
        env=environment(Address.of(url).port),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            output, _ = await child.communicate()
    except BaseException:
        child.kill()
        raise
    if child.returncode:
        raise RuntimeError(f"rabbitmqctl {' '.join(arguments)} fails: {output.decode().strip()}")
    return output.decode()


def find(port: int) -> int:
    """Return the process id of the server that listens there; raises `LookupError`."""
    node = f"RABBITMQ_NODENAME=test{port}@".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_it = node in (process / "environ").read_bytes() and _is_node(process)
        except OSError:
            continue
        if is_it:
            return int(process.name)
    raise LookupError(f"no RabbitMQ of the tests' own listens on port {port}")


def _is_node(process: Path) -> bool:
    return (process / "exe").readlink().name == "beam.smp"


def environment(port: int) -> dict[str, str]:
    """Return what the tool needs to find the server, of the server's own environment."""
    lines = Path(f"/proc/{find(port)}/environ").read_text().split("\0")
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    return {name: variables[name] for name in NAMES}


def _program() -> str | None:
    return next(filter(None, map(shutil.which, PROGRAMS)), None)
