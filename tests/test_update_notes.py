from tools.updates.notes import changed

CONTAINER = """\
from dependency_injector import containers, providers

from app.application.notification.queries.count_unseen import CountUnseenHandler


class Container(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()

    count_unseen = providers.Singleton(CountUnseenHandler, core.notification_work, limit=1000)
"""


def test_a_container_makes_its_own_work() -> None:
    text = changed(CONTAINER)

    assert "core.notification_work" not in text
    assert "Singleton(CountUnseenHandler, work, limit=1000)" in text
    assert text.index("import SqlUnitOfWork") < text.index("class Container")
    assert text.index("    work = ") < text.index("    count_unseen = ")
    compile(text, "container.py", "exec")


USE_CASE = """\
from app.application.notification.ports import Criteria
from app.application.notification.work import NotificationWork
from chassis.application.message import Message


class CountUnseenHandler:
    def __init__(self, work: NotificationWork, limit: int) -> None:
        self._work = work

    async def __call__(self, message: CountUnseen) -> Unseen:
        async with self._work.read() as work:
            return Unseen(await work.notifications.count(criteria, at_most=self._limit))
"""


def test_a_use_case_gets_the_repository() -> None:
    assert (
        changed(USE_CASE)
        == """\
from app.application.notification.ports import Criteria, Notifications
from chassis.application.message import Message
from chassis.application.ports.unit_of_work import UnitOfWork


class CountUnseenHandler:
    def __init__(self, work: UnitOfWork[Notifications], limit: int) -> None:
        self._work = work

    async def __call__(self, message: CountUnseen) -> Unseen:
        async with self._work.read() as work:
            return Unseen(await work.count(criteria, at_most=self._limit))
"""
    )


def test_a_use_case_without_criteria_imports_the_port() -> None:
    text = changed(
        USE_CASE.replace("from app.application.notification.ports import Criteria\n", "")
    )

    assert text.startswith("from app.application.notification.ports import Notifications\n")


def test_a_test_has_the_work_of_the_harness() -> None:
    text = changed(
        "from tests.harness import Service\n"
        "async with service.system.core.notification_work().begin() as work:\n"
        "async with core.notification_work().begin() as work:\n"
        "    await work.notifications.add([])\n"
    )

    assert text == (
        "from tests.harness import Service, notification_work\n"
        "async with notification_work(service.system).begin() as work:\n"
        "async with notification_work(service.system).begin() as work:\n"
        "    await work.add([])\n"
    )
