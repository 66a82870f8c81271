"""Hostile: what clients can do to a service that has nothing but its own limits."""

from tools.drill.hostile import flood as flooding
from tools.drill.hostile import handshakes as shaking
from tools.drill.hostile import limits as limiting
from tools.drill.hostile import offers as offering
from tools.drill.hostile import peers as peering
from tools.drill.hostile import quic as datagrams
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.flood import flood
from tools.drill.hostile.half_open import half_open
from tools.drill.hostile.handshakes import handshakes
from tools.drill.hostile.hoarders import hoarders
from tools.drill.hostile.idle import idle
from tools.drill.hostile.large_messages import large_messages, preload
from tools.drill.hostile.limits import limits
from tools.drill.hostile.offers import offers
from tools.drill.hostile.peers import peers
from tools.drill.hostile.slow_readers import slow_readers
from tools.drill.hostile.slowloris import slowloris
from tools.drill.hostile.sockets import raise_limit
from tools.drill.hostile.target import target
from tools.drill.hostile.watchers import watchers
from tools.drill.over.caller import STREAMS
from tools.drill.stage import Stage

COUNT = 5000
SECONDS = 15.0

# The times that are settings, shorter than they are by default where that is too long to wait for.
TIMES = {"HANDSHAKE_TIMEOUT": "10", "IDLE_TIMEOUT": "45", "STREAM_HEARTBEAT": "5"}


async def hostile(stage: Stage, count: int = COUNT, seconds: float = SECONDS) -> bool:
    """Attack a process of all transports; `count` idle connections, floods of so many seconds."""
    raise_limit()
    service = stage.service("several", ["producer", "consumer"], STREAMS)
    settings = {**await stage.settings(service), **TIMES}
    findings = Findings(stage.name)
    async with target(stage, service, settings) as attacked:
        await slowloris(attacked, findings)
        await half_open(attacked, findings)
    async with target(stage, service, settings) as attacked:
        await idle(attacked, findings, count)
    async with target(stage, service, settings) as attacked:
        await slow_readers(attacked, findings)
    async with target(stage, service, settings) as attacked:
        await hoarders(attacked, findings)
    async with target(stage, service, settings) as attacked:
        await watchers(attacked, findings)
    await preload(settings)
    async with target(stage, service, settings) as attacked:
        await large_messages(attacked, findings)
    async with target(stage, service, settings | limiting.SETTINGS) as attacked:
        await limits(attacked, findings)
    async with target(stage, service, settings | shaking.SETTINGS, shaking.CALLERS) as attacked:
        await handshakes(attacked, findings)
    async with target(stage, service, settings | flooding.SETTINGS, flooding.CALLERS) as attacked:
        await flood(attacked, findings, seconds)
    service = stage.service("between", ["producer", "consumer"], peering.SERVED)
    settings = {**await stage.settings(service), **TIMES, **peering.SETTINGS}
    async with target(stage, service, settings, transports=peering.SERVED) as attacked:
        await peers(attacked, findings)
    service = stage.service("datagrams", ["producer", "consumer"], datagrams.SERVED)
    settings = {**await stage.settings(service), **TIMES}
    async with target(stage, service, settings, transports=datagrams.SERVED) as attacked:
        await datagrams.quic(attacked, findings)
    service = stage.service("browsers", ["producer", "consumer"], offering.SERVED)
    settings = {**await stage.settings(service), **TIMES, **offering.SETTINGS}
    async with target(stage, service, settings, transports=offering.SERVED) as attacked:
        await offers(attacked, findings)
    return findings.show()
