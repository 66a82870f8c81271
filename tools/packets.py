"""Packets that the kernel drops, so that both sides' own TCP has to deal with it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from tools.required import MissingRight, program

# Seconds for the kernel to take a rule.
PATIENCE = 10.0
# A rule counts in shares of this.
PARTS = 1000


def lacks() -> str:
    """Return what this machine has not got for it, or ""."""
    if lacking := program("nft", "nftables"):
        return lacking
    return "" if os.geteuid() == 0 else MissingRight("root, to drop packets")


@asynccontextmanager
async def dropped(ports: Iterable[int], share: float) -> AsyncIterator[None]:
    """Drop that share of the TCP packets to and from these ports, for as long as the block lasts.

    The rules are nft's, in a table that it owns: they go with its process, however that ends.
    Raises `RuntimeError` where the kernel refuses them.
    """
    nft = await asyncio.create_subprocess_exec(
        *("nft", "--interactive"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    assert nft.stdin
    try:
        nft.stdin.write(rules(f"chaos_{nft.pid}", ports, share).encode())
        await _taken(nft)
        yield
    finally:
        nft.stdin.close()
        await nft.wait()


def rules(table: str, ports: Iterable[int], share: float) -> str:
    """Return what to tell nft; it ends with the question what it has understood."""
    which = "{ " + ", ".join(str(port) for port in sorted(ports)) + " }"
    lost = round(share * PARTS)
    # All of them is no share that the kernel would draw.
    drawn = f"numgen random mod {PARTS} < {lost} drop" if lost < PARTS else "drop"
    return "\n".join(
        [
            f"add table inet {table} {{ flags owner; }}",
            # At the input: at the output, the sender would get an error.
            f"add chain inet {table} in {{ type filter hook input priority 0; policy accept; }}",
            *(f"add rule inet {table} in tcp {end} {which} {drawn}" for end in ("sport", "dport")),
            f"list table inet {table}\n",
        ]
    )


async def _taken(nft: asyncio.subprocess.Process) -> None:
    assert nft.stdout
    said = ""
    async with asyncio.timeout(PATIENCE):
        # The list ends with a brace that stands alone.
        while line := (await nft.stdout.readline()).decode():
            if "Error" in line:
                raise RuntimeError(f"nft refuses the rules: {line.strip()}")
            said += line
            if line.rstrip() == "}":
                break
    if said.count("drop") != 2:
        raise RuntimeError(f"nft has not taken the rules: {said.strip()}")
