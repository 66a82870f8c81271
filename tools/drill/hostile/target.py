"""The service that is attacked: a process, where it listens, and who may call it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tools.drill.hostile.sockets import usual_limit
from tools.drill.over.caller import STREAMS, Caller, Transport
from tools.drill.over.choose import caller
from tools.drill.stage import Stage, command
from tools.process import Process
from tools.service import Service
from tools.usage import resident

MIB = 2**20


@dataclass
class Target:
    """A running service with all transports."""

    process: Process
    service: Service
    settings: Mapping[str, str]
    tokens: Mapping[str, str] = field(default_factory=dict)

    @property
    def ports(self) -> dict[str, int]:
        """Its addresses, by transport."""
        return self.process.ports

    @property
    def memory(self) -> float:
        """The MiB of memory that it holds."""
        return resident(self.process.pid) / MIB

    def caller(self, transport: Transport, name: str = "") -> Caller:
        """Return a new caller; `name` is whose token it shows, if any."""
        return caller(transport, self.ports, self.service.path, self.tokens.get(name, ""))


@asynccontextmanager
async def target(
    stage: Stage,
    service: Service,
    settings: Mapping[str, str],
    callers: Sequence[str] = (),
    transports: Sequence[Transport] = STREAMS,
) -> AsyncIterator[Target]:
    """Serve for as long as the block lasts, with a token for each of these callers."""
    free = {f"{name.upper()}_PORT": "0" for name in transports}
    with usual_limit():
        process = await stage.serve(service, {**settings, **free}, transports=transports)
    tokens = {name: (await command(service, settings, "token", name)).strip() for name in callers}
    try:
        yield Target(process, service, settings, tokens)
    finally:
        await process.end()
