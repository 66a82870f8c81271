"""Heartbeat: a notification that shows that the worker, its database and its broker work."""

from collections.abc import Callable

from app.application.notification.mapping import to_entity, to_event
from app.application.notification.messages import NewNotification
from app.application.notification.ports import Notifications
from chassis.application.ports.clock import Clock
from chassis.application.ports.codec import Codec
from chassis.application.ports.leader_election import LeaderElection
from chassis.application.ports.signal import Signal
from chassis.application.ports.work import MachineryWork, Transaction
from chassis.domain.ids import new_id, time_of

RECEIVER = "operators"
ACTION_TYPE = "heartbeat"


class HeartbeatHandler:
    """Stores the notification and its event in one transaction; the relay publishes it."""

    def __init__(
        self,
        work: MachineryWork,
        notifications: Callable[[Transaction], Notifications],
        codec: Codec,
        signal: Signal,
        clock: Clock,
        election: LeaderElection,
        worker: str,
    ) -> None:
        self._work = work
        self._notifications = notifications
        self._codec = codec
        self._signal = signal
        self._clock = clock
        self._election = election
        self._worker = worker

    async def __call__(self) -> bool:
        """Register the heartbeat, and return that nothing is left to do.

        Raises `LockLost` if another process leads by now, and `Unavailable`.
        """
        grant = self._election.grant()
        identity = new_id(self._clock())
        new = NewNotification(receiver=RECEIVER, action_type=ACTION_TYPE, actioner=self._worker)
        notification = to_entity(new, identity, time_of(identity))
        async with self._work.begin(fence=grant) as work:
            await self._notifications(work.transaction).add([notification])
            await work.outbox.add([self._codec.encode(to_event(notification))])
        await self._signal.notify()
        return False
