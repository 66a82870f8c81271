"""Heartbeat: a notification that shows that the worker, its database and its broker work."""

from app.application.notification.commands.own_notifications import RECEIVER, OwnNotifications
from app.application.notification.messages import NewNotification
from chassis.application.ports.leader_election import LeaderElection

ACTION_TYPE = "heartbeat"


class HeartbeatHandler:
    """The step of the heartbeat's job."""

    def __init__(self, own: OwnNotifications, election: LeaderElection) -> None:
        self._own = own
        self._election = election

    async def __call__(self) -> bool:
        """Register the heartbeat, and return that nothing is left to do.

        Raises `LockLost` if another process leads by now, and `Unavailable`.
        """
        grant = self._election.grant()
        new = NewNotification(receiver=RECEIVER, action_type=ACTION_TYPE, actioner=self._own.source)
        await self._own.register(new, fence=grant)
        return False
