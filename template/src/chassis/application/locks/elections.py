"""The elections in which a process is a candidate."""

from collections.abc import Callable

from chassis.application.locks.lock_election import LockElection
from chassis.application.ports.leader_election import LeaderElection
from chassis.application.ports.locks import Locks


class Elections:
    """Makes each election once; `locks` returns the locks of a new candidate."""

    def __init__(self, locks: Callable[[], Locks]) -> None:
        self._locks = locks
        self._made: dict[str, LeaderElection] = {}

    def of(self, role: str = "") -> LeaderElection:
        """Return the election among the processes that run `role`; without one, among all."""
        if role not in self._made:
            self._made[role] = LockElection(self._locks(), role)
        return self._made[role]
