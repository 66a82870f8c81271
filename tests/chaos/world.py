"""The world that faults strike: servers, replicas of the service, and the network between them."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.chaos.chores.ledger import TABLES
from tests.chaos.cluster.cluster import Cluster
from tests.chaos.cluster.scene import Scene
from tests.chaos.history import History
from tests.chaos.proxy import Proxy
from tests.chaos.replica import Replica
from tools.client.address import Address
from tools.drill import look
from tools.drill.leadership.ticking import TABLE
from tools.drill.over.caller import STREAMS, TRANSPORTS
from tools.drill.over.p2p import P2P_KEY
from tools.drill.servers import Servers
from tools.drill.stage import command
from tools.process import free_port
from tools.service import Service

# The transports whose connections begin over TCP: WebRTC's offers come over HTTP.
OVER_TCP = (*STREAMS, "webrtc")
# Each server with the setting that says where it is.
URLS = {"postgresql": "DATABASE_URL", "rabbitmq": "BROKER_URL", "redis": "CACHE_URL"}
REPLICAS = {
    "producer-1": "producer",
    "producer-2": "producer",
    "consumer-1": "consumer",
    "consumer-2": "consumer",
    "worker-1": "worker",
    "worker-2": "worker",
}

# So that a run sees the end of each wait. The retry schedule is short, because the run waits for it
# at the end.
OWN = {"STREAM_HEARTBEAT": "2", "RETRY_DELAYS": "1,3,8,20,40"}

# Seconds that a remote job takes at most, so that a fault meets some.
REMOTE = "0.5"


class Lengths(NamedTuple):
    """How long faults last, in seconds: usually, on average; and which share of them longest."""

    usual: float
    longest: float
    share: float


@dataclass(frozen=True)
class World:
    """Everything that a fault may lay hands on.

    `settings` are those of the replicas, who reach each server through the proxy of its name;
    `direct` are the same without proxies. Callers and subscribers connect to the ports in `fronts`,
    which are those of a replica by transport. Those over TCP are proxies, such as "producer-1 over
    grpc". A worker has none, but proxies on its way to each server, such as "worker-1 to redis". In
    the folder `done` the handlers of remote jobs write down what they begin. With a `scene`,
    `servers` has no broker.
    """

    service: Service
    servers: Servers
    direct: Mapping[str, str]
    settings: Mapping[str, str]
    proxies: Mapping[str, Proxy]
    fronts: Mapping[str, Mapping[str, int]]
    replicas: Mapping[str, Replica]
    history: History
    lengths: Lengths
    done: Path
    scene: Scene | None = None

    @property
    def cluster(self) -> Cluster:
        """The cluster that is the broker, in a world that has a `scene`."""
        assert self.scene is not None, "the broker is no cluster"
        return self.scene.cluster

    @property
    def following(self) -> Service:
        """The next version of the service, in such a world."""
        assert self.scene is not None, "there is no next version"
        return self.scene.following

    def of(self, role: str) -> list[Replica]:
        """Return the replicas of a role."""
        return [replica for replica in self.replicas.values() if replica.role == role]

    def seconds(self, chance: random.Random) -> float:
        """Draw how long a fault lasts: mostly about the usual time, now and then the longest."""
        if chance.random() < self.lengths.share:
            return self.lengths.longest
        return min(0.2 + chance.expovariate(1 / self.lengths.usual), self.lengths.longest)


@asynccontextmanager
async def opened(
    name: str,
    service: Service,
    servers: Servers,
    history: History,
    lengths: Lengths,
    seed: int,
    scene: Scene | None = None,
) -> AsyncIterator[World]:
    """Open a world with a database, an exchange and queues of its own; all goes with the block."""
    direct = {
        **servers.settings,
        **OWN,
        "DATABASE_URL": await servers.database(name),
        "BROKER_EXCHANGE": name,
        "BROKER_QUEUE": f"{name}.notifications",
    }
    await command(service, direct, "migrate")
    await look.script(direct["DATABASE_URL"], TABLE + ";" + TABLES)
    chance = random.Random(seed)
    async with AsyncExitStack() as stack:
        done = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shallot-done-")))
        proxies: dict[str, Proxy] = {}
        replicas: dict[str, Replica] = {}
        fronts: dict[str, dict[str, int]] = {}
        settings = {
            **direct,
            "DRILL_FOLDER": str(done),
            "DRILL_LONGEST": REMOTE,
            "P2P_KEY": P2P_KEY,
        }
        for server, setting in URLS.items():
            proxy = Proxy(Address.of(direct[setting]), chance)
            proxies[server] = await stack.enter_async_context(proxy)
            settings[setting] = proxy.url(direct[setting])
        for own_name, role in REPLICAS.items():
            own = dict(settings)
            if role == "worker":
                for server, setting in URLS.items():
                    proxy = Proxy(proxies[server].address, chance)
                    proxies[f"{own_name} to {server}"] = await stack.enter_async_context(proxy)
                    own[setting] = proxy.url(settings[setting])
            if role != "worker":
                fronts[own_name] = {}
                for transport in TRANSPORTS:
                    own[f"{transport.upper()}_PORT"] = str(port := free_port())
                    if transport in OVER_TCP:
                        proxy = Proxy(Address("127.0.0.1", port), chance)
                        name_of = f"{own_name} over {transport}"
                        proxies[name_of] = await stack.enter_async_context(proxy)
                        port = proxy.address.port
                    fronts[own_name][transport] = port
            replicas[own_name] = Replica(own_name, role, service, own, history)
        world = World(
            service=service,
            servers=servers,
            direct=direct,
            settings=settings,
            proxies=proxies,
            fronts=fronts,
            replicas=replicas,
            history=history,
            lengths=lengths,
            done=done,
            scene=scene,
        )
        # Events from before the binding of the queue would go to `unrouted`.
        for role in ("consumer", "producer", "worker"):
            async with asyncio.TaskGroup() as group:
                for replica in world.of(role):
                    stack.push_async_callback(replica.close)
                    group.create_task(replica.start())
            await look.consumed_soon(direct["BROKER_URL"], direct["BROKER_QUEUE"])
        yield world
