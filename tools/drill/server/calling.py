"""Calls a server until its input ends: `calling ROOT SLUG DOMAIN PROJECT`, the token on stdin.

It runs in the network of the server. Prints the accepted and the failed requests as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path

from tools.drill.over.grpc import messages
from tools.drill.server.front import Front
from tools.drill.server.load import Load


async def main(root: str, slug: str, domain: str, project: str) -> None:
    """Call until the input ends."""
    token = sys.stdin.readline().strip()
    front = Front(Path(root), slug, domain, {443: 443})
    load = Load(front, token, messages(Path(project)))
    async with load.calling():
        await asyncio.to_thread(sys.stdin.read)
    failed = {f"{kind}: {answer}": count for (kind, answer), count in load.failed.items()}
    print(json.dumps({"accepted": len(load.accepted), "failed": failed}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
