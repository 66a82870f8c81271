"""Whether this service runs already, as its ops port reports."""

import asyncio

import httpx
import msgspec

from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.project import instance
from chassis.bootstrap.servers.ops import OpsSettings
from chassis.interfaces.ops.app import Alive
from chassis.interfaces.serving.address import reachable, url_of

# Seconds for an answer of this machine.
TIMEOUT = 2.0


async def listening_here(configuration: Configuration) -> dict[str, str]:
    """Return the URL of each server of this very service, by name; empty if it does not run.

    The service on the ops port may be another one, which is ignored.
    """
    settings = configuration.of(OpsSettings)
    url = url_of("http", reachable(settings.ops_host), settings.ops_port)
    try:
        async with asyncio.timeout(TIMEOUT), httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{url}/livez")
        alive = msgspec.json.decode(answer.content, type=Alive)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, msgspec.MsgspecError):
        return {}
    return alive.listening if alive.instance == instance() else {}
