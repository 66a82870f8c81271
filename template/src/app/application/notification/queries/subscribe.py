"""Subscribe: follow notifications as they arrive."""

import msgspec

from app.application.context import current_caller
from app.application.following.follower import Follower
from app.application.notification.messages import Stream, Subscribe


class SubscribeHandler:
    """Opens a stream on the follower of this process."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    async def __call__(self, message: Subscribe) -> Stream:
        """Return the stream, which ends where the caller's token does.

        Raises `Forbidden`, or `Busy` where too many are open.
        """
        caller = current_caller()
        receiver = caller.readable(message.receiver)
        message = msgspec.structs.replace(message, receiver=receiver)
        return self._follower.open(message, caller.expires_at)
