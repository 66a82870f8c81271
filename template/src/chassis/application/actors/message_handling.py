"""How an actor handles one message, and what becomes of those that it does not handle."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import monotonic
from typing import Any

from chassis.application.actors.cancel_scope import is_cancelled
from chassis.application.actors.mailbox import Mailbox
from chassis.application.actors.posted_message import PostedMessage
from chassis.application.errors import ApplicationError, Busy, Unavailable
from chassis.application.message import Message
from chassis.application.ports.metrics import Counter, Metrics
from chassis.domain.errors import Invalid

log = logging.getLogger(__name__)

RETRY_AFTER = 1
# Seconds after which a worker lets the rest of the process run.
TURN = 0.002
# Seconds by which the count of handled messages may be late.
COUNTING = 0.1

MESSAGES = Counter(
    "actor_messages", "Messages that have left an actor's mailbox.", ("actor", "outcome")
)
OUTCOMES = ("handled", "refused", "failed", "expired", "dropped")

type Handlers = Mapping[type[Message[Any]], Callable[[Any], Awaitable[Any]]]


class MessageHandling:
    """Calls the handlers of the actor `name`, answers its askers, and counts the outcomes.

    `is_restarted` says that a failure restarts the actor. Once it `is_ending`, no message is kept
    for later.
    """

    def __init__(
        self, name: str, metrics: Metrics, handlers: Handlers, *, is_restarted: bool
    ) -> None:
        self.is_ending = False
        self._name = name
        self._metrics = metrics
        self._handlers = handlers
        self._is_restarted = is_restarted
        self._handled = 0
        self._counting: asyncio.TimerHandle | None = None
        for outcome in OUTCOMES:
            metrics.count(MESSAGES, name, outcome, amount=0)

    async def handle_some(self, mailbox: Mailbox[PostedMessage]) -> Exception | None:
        """Handle waiting messages, oldest first, for `TURN` or one message.

        Returns the error for the supervisor, if there is one. After `Unavailable` the message is in
        the mailbox again: it has no asker, and needs a server that is down.
        """
        end = monotonic() + TURN
        handled = 0
        try:
            while (waiting := mailbox.pop()) is not None:
                posted = waiting.item
                answer = posted.answer
                if answer is not None and answer.done():
                    self._count("expired")
                    continue
                try:
                    result = await self._handlers[type(posted.message)](posted.message)
                except (Exception, asyncio.CancelledError) as error:
                    failure = self._settle(posted, error)
                    if failure is None:
                        continue
                    if isinstance(failure, Unavailable):
                        mailbox.put_back(waiting)
                    return failure
                handled += 1
                if answer is not None and not answer.done():
                    answer.set_result(result)
                if monotonic() > end:
                    break
        finally:
            self._handled += handled
            if self._counting is None:
                loop = asyncio.get_running_loop()
                self._counting = loop.call_later(COUNTING, self.count_handled)
        return None

    def count_handled(self) -> None:
        """Count the messages that were handled since the last time.

        Each by itself would cost a tenth of an answer.
        """
        if self._counting is not None:
            self._counting.cancel()
        self._counting = None
        self._count("handled", self._handled)
        self._handled = 0

    def drop(self, posted: Iterable[PostedMessage], reason: str) -> None:
        """Refuse messages that are not handled any more; those without an asker are logged."""
        lost = 0
        for each in posted:
            lost += each.answer is None
            self._count("dropped")
            each.refuse(Busy(reason, RETRY_AFTER))
        if lost:
            log.warning("messages dropped", extra={"actor": self._name, "count": lost})

    def _settle(
        self, posted: PostedMessage, error: Exception | asyncio.CancelledError
    ) -> Exception | None:
        """Tell the asker of the error; return it if the supervisor has to act upon it."""
        if isinstance(error, asyncio.CancelledError):
            if is_cancelled():
                self.drop([posted], f"the {self._name} was stopped: try again")
                raise error
            error = RuntimeError("the handler's own work was cancelled")
        if isinstance(error, Unavailable) and posted.answer is None and not self.is_ending:
            return error
        if isinstance(error, ApplicationError | Invalid):
            self._end(posted, "refused", error)
            return None
        self._end(posted, "failed", error)
        return error if self._is_restarted else None

    def _end(self, posted: PostedMessage, outcome: str, error: Exception) -> None:
        self._count(outcome)
        if posted.answer is None:
            kind = type(posted.message).__name__
            details = {"actor": self._name, "type": kind, "error": str(error)}
            log.warning("message %s", outcome, extra=details, exc_info=error)
        posted.refuse(error)

    def _count(self, outcome: str, amount: int = 1) -> None:
        self._metrics.count(MESSAGES, self._name, outcome, amount=amount)
