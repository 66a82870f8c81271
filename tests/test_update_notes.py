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


def test_a_test_has_the_work_of_the_harness() -> None:
    text = changed(
        "from tests.harness import Service\n"
        "async with service.system.core.notification_work().begin() as work:\n"
        "async with core.notification_work().begin() as work:\n"
    )

    assert text == (
        "from tests.harness import Service, notification_work\n"
        "async with notification_work(service.system).begin() as work:\n"
        "async with notification_work(service.system).begin() as work:\n"
    )
