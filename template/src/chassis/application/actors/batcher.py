"""A batcher: it handles waiting requests as one batch, and each caller gets its own answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from chassis.application.actors.actor import Actor
from chassis.application.actors.mailbox import Mailbox
from chassis.application.errors import Busy, Unavailable
from chassis.application.ports.metrics import Metrics

BATCH = 500
BATCH_BYTES = 8 * 2**20
WAITING = 10_000
WAITING_BYTES = 64 * 2**20
RETRY_AFTER = 1


class _Ask[Request, Answer](Struct, frozen=True):
    request: Request
    answer: asyncio.Future[Answer]


class Batcher[Request, Answer](Actor):
    """Passes the waiting requests to `handle` as one batch; it never waits for a batch to fill.

    `handle` returns an answer, or an error, for each request of a batch, in their order. If it
    raises, it must have stored nothing of the batch. The batch is then split until the bad request
    is alone, so that no other request fails.
    """

    def __init__(
        self,
        name: str,
        handle: Callable[[Sequence[Request]], Awaitable[Sequence[Answer | Exception]]],
        metrics: Metrics,
    ) -> None:
        super().__init__(name, metrics)
        self._handle = handle
        self._mailbox: Mailbox[_Ask[Request, Answer]] = Mailbox(
            name, metrics, limit=WAITING, weight=WAITING_BYTES
        )

    async def ask(self, request: Request, weight: int = 0) -> Answer:
        """Return the answer to `request`, which takes about `weight` bytes while it waits.

        A call that is cancelled before its batch begins leaves the mailbox. Raises `Busy` if the
        mailbox is full, and the handler's errors.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._mailbox.post(_Ask(request, answer), weight)
        return await answer

    async def step(self) -> bool:
        """Handle the waiting requests whose callers still wait."""
        taken = self._mailbox.take(BATCH, BATCH_BYTES)
        asks = [ask for ask in taken if not ask.answer.done()]
        if asks:
            self._measure(len(asks))
            try:
                await self._settle(asks)
            except BaseException:
                stopped = f"the {self.name} was stopped: try again"
                _refuse(asks, Unavailable(stopped, stopped))
                raise
        return bool(taken)

    async def rest(self) -> None:
        """Wait for a request."""
        await self._mailbox.wait()

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set and no request waits."""
        try:
            await super().run(stopping)
            while await self.step():
                pass
        finally:
            _refuse(self._mailbox.close(), Busy(f"the {self.name} has ended", RETRY_AFTER))

    async def _settle(self, asks: Sequence[_Ask[Request, Answer]]) -> None:
        try:
            answers = await self._handle([ask.request for ask in asks])
        except Unavailable as error:
            _refuse(asks, error)
        except Exception as error:
            if len(asks) == 1:
                _refuse(asks, error)
                return
            middle = len(asks) // 2
            await self._settle(asks[:middle])
            await self._settle(asks[middle:])
        else:
            for ask, answer in zip(asks, answers, strict=True):
                if isinstance(answer, Exception):
                    _refuse([ask], answer)
                elif not ask.answer.done():
                    ask.answer.set_result(answer)


def _refuse[Request, Answer](asks: Sequence[_Ask[Request, Answer]], error: Exception) -> None:
    for ask in asks:
        if not ask.answer.done():
            ask.answer.set_exception(error)
