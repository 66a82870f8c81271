"""Local jobs: work that a caller does not do itself, in the mailbox of this process."""

from collections.abc import Iterator, Mapping
from typing import Any

from chassis.application.actors.message_actor import MessageActor
from chassis.application.bus import HandlerFactory
from chassis.application.message import Handler, Message
from chassis.application.ports.metrics import Metrics

LIMIT = 10_000

type Table = Mapping[type[Message[Any]], HandlerFactory]


class LocalJobs(MessageActor):
    """Passes each job to its handler in the tables `job_handlers` of the running containers.

    So many `workers` handle a job at the same time. A job that fails does not delay the next one.
    The mailbox is memory: a job that waits is lost if the process is killed.
    """

    def __init__(self, table: Table, workers: int, metrics: Metrics) -> None:
        super().__init__(
            "jobs", metrics, _Made(table), limit=LIMIT, keeps_state=False, workers=workers
        )


class _Made(Mapping[type[Message[Any]], Handler[Any, Any]]):
    """The handlers of a table, each made when it is needed."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getitem__(self, kind: type[Message[Any]]) -> Handler[Any, Any]:
        return self._table[kind]()

    def __contains__(self, kind: object) -> bool:
        return kind in self._table

    def __iter__(self) -> Iterator[type[Message[Any]]]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)
