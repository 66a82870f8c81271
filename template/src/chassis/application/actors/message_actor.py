"""An actor that handles typed messages from its mailbox, one after the other."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from chassis.application.actors.actor import Actor
from chassis.application.actors.deadlines import Deadlines
from chassis.application.actors.mailbox import Mailbox, WhenFull
from chassis.application.actors.message_handling import Handlers, MessageHandling
from chassis.application.actors.posted_message import PostedMessage
from chassis.application.actors.supervisor import RestartLimit
from chassis.application.errors import NotServed, Unavailable
from chassis.application.message import Message
from chassis.application.ports.metrics import Metrics

LIMIT = 1000
DEADLINE = 5.0


class MessageActor(Actor):
    """Passes each message to the handler of its type; a worker handles one at a time.

    `handlers` is a visible table, such as `{Add: self.add}`. The mailbox holds `limit` messages;
    `when_full` says what happens to one more. An `ApplicationError` or `Invalid` of a handler is an
    answer. Any other error is a failure: the asker gets it, and the supervisor calls `start` before
    the next message, as often as `restart_limit` allows. An actor that `keeps_state=False` is not
    started again; it handles the next message at once.
    """

    # The attributes have names that a subclass does not override by accident.

    def __init__(
        self,
        name: str,
        metrics: Metrics,
        handlers: Handlers,
        *,
        limit: int = LIMIT,
        when_full: WhenFull = WhenFull.REJECT,
        restart_limit: RestartLimit | None = None,
        keeps_state: bool = True,
        workers: int = 1,
    ) -> None:
        super().__init__(name, metrics)
        self.workers = workers
        self.restart_limit = restart_limit
        self.__handlers = handlers
        self.__when_full = when_full
        self.__mailbox: Mailbox[PostedMessage] = Mailbox(name, metrics, limit=limit)
        self.__handling = MessageHandling(name, metrics, handlers, is_restarted=keeps_state)
        self.__deadlines = Deadlines(name)
        self.__is_started = False

    async def start(self) -> None:
        """Set up the actor's state: before the first message, and again after each failure."""

    async def ask[Answer](self, message: Message[Answer], within: float = DEADLINE) -> Answer:
        """Return the answer to `message`.

        Raises `DeadlineExceeded` after `within` seconds, which include the wait for a full mailbox.
        Raises `Busy` if the message is not accepted, is dropped, or the actor stops first. Raises
        `NotServed` without a handler, and the errors of the handler. A message whose asker has left
        is not begun.
        """
        if type(message) not in self.__handlers:
            raise self.__no_handler(message)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        waits = self.__deadlines.slot(loop, within)
        waits.add(answer)
        try:
            if self.__when_full is WhenFull.WAIT:
                await self.__post_within(PostedMessage(message, answer), within)
            else:
                self.__post(PostedMessage(message, answer))
            return await answer
        finally:
            waits.discard(answer)

    async def tell(self, message: Message[Any]) -> None:
        """Have `message` handled; return once the mailbox has accepted it.

        While a server is down, a message that needs it stays the first in the mailbox. Other errors
        of its handler are logged. Raises `Busy` or `NotServed`; then it is not accepted.
        """
        if type(message) not in self.__handlers:
            raise self.__no_handler(message)
        if self.__when_full is WhenFull.WAIT:
            await self.__mailbox.post_when_free(PostedMessage(message))
        else:
            self.__post(PostedMessage(message))

    async def step(self) -> bool:
        """Handle waiting messages for a few milliseconds; return whether more of them wait."""
        if not self.__is_started:
            await self.start()
            self.__is_started = True
        error = await self.__handling.handle_some(self.__mailbox)
        if error is not None:
            self.__is_started = isinstance(error, Unavailable)
            raise error
        if not self.__mailbox:
            return False
        # Handlers that never wait would otherwise stop the rest of the process.
        await asyncio.sleep(0)
        return True

    def rest(self) -> Coroutine[Any, Any, None]:
        """Wait for a message."""
        return self.__mailbox.wait()

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set and no message waits.

        A message that is left, because the actor has failed or the grace is over, is refused.
        """
        try:
            await super().run(stopping)
            self.__handling.is_ending = True
            await asyncio.gather(*(self.__empty() for _ in range(self.workers)))
        finally:
            left = self.__mailbox.close()
            self.__handling.count_handled()
            self.__handling.drop(left, f"the {self.name} has been stopped: try again")

    def __post(self, posted: PostedMessage) -> None:
        if self.__when_full is WhenFull.REJECT:
            self.__mailbox.post(posted)
        elif dropped := self.__mailbox.post_or_drop(posted):
            reason = f"newer messages for the {self.name} have replaced this one"
            self.__handling.drop(dropped, reason)

    async def __post_within(self, posted: PostedMessage, within: float) -> None:
        try:
            async with asyncio.timeout(within):
                await self.__mailbox.post_when_free(posted)
        except TimeoutError:
            raise self.__deadlines.error(within) from None

    def __no_handler(self, message: Message[Any]) -> NotServed:
        return NotServed(f"the {self.name} has no handler for {type(message).__name__}")

    async def __empty(self) -> None:
        while self.__mailbox:
            if not self.__is_started:
                await self.start()
                self.__is_started = True
            self.__is_started = await self.__handling.handle_some(self.__mailbox) is None
