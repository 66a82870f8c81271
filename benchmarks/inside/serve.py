"""The service with something changed: `serve [--without NAME …] [--unbatched] … ARGUMENTS`.

`ARGUMENTS` are those of the service's own command. `NAME` is a loop as the containers call it,
such as `relay`. Without `--logged` there is no request log: what it is compared with has none.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from app.__main__ import main
from chassis.application.commands.batcher import CommandBatcher
from chassis.bootstrap import discovery
from chassis.bootstrap.core import Core
from chassis.service_package import use_service
from dependency_injector import providers

from benchmarks.inside.profiled import profiled
from benchmarks.inside.quiet import quiet


class Idle:
    """A loop that does nothing."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Wait for the end."""
        await stopping.wait()

    def close(self) -> None:
        """Have nothing to close."""

    def offer(self, entries: Sequence[object]) -> bool:
        """Say that all is known, in a follower's place."""
        return True


def without(name: str) -> None:
    """Leave the loop of that name out."""
    roles = [discovery.role(role).Container for role in discovery.role_names()]
    found = [each.providers[name] for each in (Core, *roles) if name in each.providers]
    if not found:
        raise SystemExit(f"no container has a loop called {name}")
    for provider in found:
        provider.override(providers.Singleton(Idle))


def unbatched() -> None:
    """Have each request handled at once and by itself, by what handles a batch."""

    async def ask(self: Any, request: Any, weight: int = 0) -> Any:
        (answer,) = await self._handle([request])
        await self._signal.notify()
        if isinstance(answer, Exception):
            raise answer
        return answer

    CommandBatcher.ask = ask  # type: ignore[method-assign]  # the change is the purpose


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--unbatched", action="store_true")
    parser.add_argument("--logged", action="store_true")
    parser.add_argument("--profile")
    options, arguments = parser.parse_known_args()
    use_service("app")
    for name in options.without:
        without(name)
    if options.unbatched:
        unbatched()
    if not options.logged:
        quiet()
    sys.argv[1:] = arguments
    with profiled(options.profile):
        main()
