"""Subscribe: follow notifications as they arrive."""

from app.application.following.follower import Follower
from app.application.notification.messages import Stream, Subscribe


class SubscribeHandler:
    """Opens a stream on the follower of this process."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    async def __call__(self, message: Subscribe) -> Stream:
        """Return the stream; raises `Busy` where too many are open."""
        return self._follower.open(message)
