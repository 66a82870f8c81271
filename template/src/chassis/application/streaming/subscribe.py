"""Subscribe: follow events as they arrive."""

from chassis.application.context import current_caller
from chassis.application.ports.journal import Filter
from chassis.application.streaming.follower import Follower
from chassis.application.streaming.messages import ItemStream, Subscribe
from chassis.application.streaming.streamed import StreamTable, readable


class SubscribeHandler:
    """Opens a stream on the follower of this process."""

    def __init__(self, follower: Follower, table: StreamTable) -> None:
        self._follower = follower
        self._table = table

    async def __call__(self, message: Subscribe) -> ItemStream:
        """Return the stream, which ends when the caller's token expires.

        Raises `Invalid`, `Forbidden`, or `Busy` if too many are open.
        """
        caller = current_caller()
        types = readable(self._table, message.types, caller)
        matching = Filter(types, caller.readable(message.subject), message.tag)
        return self._follower.open(matching, message.cursor, caller.expires_at)
