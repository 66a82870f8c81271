"""Follows notifications through the service: `python -m benchmarks.inside.walked`."""

import asyncio
import json
import logging
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

from chassis.service_package import use_service

import chassis

use_service("app")

from tests.harness import Service  # noqa: E402 (it asks which roles and servers there are)

SOURCE = Path(chassis.__file__).parent.parent
WALKS = 10
# Seconds after the subscriber has it: the rest is acked, cached and deleted.
PAUSE = 0.3
NOTIFICATION = {"receiver": "ada", "action_type": "greeted"}


class Walk:
    """The modules that are entered while it is open, in order; a resumed call does not count."""

    def __init__(self) -> None:
        self.modules: list[str] = []
        # Kept, so that no frame takes another one's place in memory.
        self._known: set[FrameType] = set()

    def __enter__(self) -> list[str]:
        sys.setprofile(self._enter)
        return self.modules

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)

    def _enter(self, frame: FrameType, event: str, _: Any) -> None:
        file = Path(frame.f_code.co_filename)
        if event != "call" or frame in self._known or not file.is_relative_to(SOURCE):
            return
        self._known.add(frame)
        module = str(file.relative_to(SOURCE))
        if self.modules[-1:] != [module]:
            self.modules.append(module)


def layer(module: str) -> str:
    """Return the layer of a module, which both packages have."""
    return module.split("/")[1]


async def main() -> None:
    """Print the shortest walk: in a longer one, another actor did its own work, too."""
    walks = []
    with tempfile.TemporaryDirectory() as folder:
        async with (
            Service.running(Path(folder)) as service,
            service.http.stream("GET", "/stream") as answer,
        ):
            lines = answer.aiter_lines()
            await anext(lines)
            for _ in range(WALKS):
                await asyncio.sleep(PAUSE)
                with Walk() as modules:
                    await service.http.post("/notifications", json=NOTIFICATION)
                    async for line in lines:
                        if line.startswith("data:"):
                            break
                walks.append(modules)
    shortest = min(walks, key=len)
    changes = sum(layer(one) != layer(other) for one, other in pairwise(shortest))
    print(json.dumps({"modules": list(dict.fromkeys(shortest)), "changes": changes}))


if __name__ == "__main__":
    logging.disable()
    asyncio.run(main())
