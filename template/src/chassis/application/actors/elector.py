"""The elector: campaigns for this process, so that its jobs know whether it leads."""

import asyncio
import logging

from chassis.application.actors.actor import Actor
from chassis.application.ports.leader_election import LeaderElection
from chassis.application.ports.metrics import Gauge, Metrics

log = logging.getLogger(__name__)

# Seconds until the other replicas notice a dead leader. An adapter's timeouts are several times
# longer.
INTERVAL = 1.0

LEADER = Gauge("leader", "1 while this process leads those that share its database, else 0.")
OF_ROLE = Gauge(
    "role_leader", "1 while this process leads those of the same role, else 0.", ("role",)
)


class Elector(Actor):
    """Campaigns every second, and resigns when it is stopped.

    With a `role`, the election is among the processes that run it.
    """

    def __init__(self, election: LeaderElection, metrics: Metrics, role: str = "") -> None:
        super().__init__(f"elector {role}".strip(), metrics)
        self._election = election
        self._role = role
        self._told = False
        gauge, labels = (OF_ROLE, [role]) if role else (LEADER, [])
        metrics.watch(gauge, lambda: election.is_leader, *labels)

    async def step(self) -> bool:
        """Campaign once."""
        try:
            await self._election.campaign()
        finally:
            self._tell()
        return False

    async def rest(self) -> None:
        """Wait a second."""
        await asyncio.sleep(INTERVAL)

    async def run(self, stopping: asyncio.Event) -> None:
        """Campaign until `stopping` is set, then resign at once."""
        try:
            await super().run(stopping)
        finally:
            await self._election.resign()

    def _tell(self) -> None:
        if self._election.is_leader != self._told:
            self._told = not self._told
            details = {"role": self._role} if self._role else {}
            log.info("leading" if self._told else "no longer the leader", extra=details)
