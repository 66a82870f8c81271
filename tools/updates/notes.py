"""The manual steps after an update, as the page `upgrading.md` describes them."""

import re
from collections.abc import Iterable

from tools.service import Service

# The code that `core` had up to 0.2.0, and the code of a container now.
CORE = "    core = providers.DependenciesContainer()\n"
WORK = "    work = providers.Singleton(SqlUnitOfWork, core.database, SqlNotifications)\n"
IMPORTS = (
    "from app.infrastructure.notification.repository import SqlNotifications\n"
    "from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork\n"
)
HARNESS = "from tests.harness import Service\n"
# The type of a use case's transactions up to 0.2.0, and its replacement.
OLD_WORK = "from app.application.notification.work import NotificationWork\n"
PORTS = "from app.application.notification.ports import "
UNIT_OF_WORK = "from chassis.application.ports.unit_of_work import UnitOfWork\n"
_CHASSIS = re.compile(r"^from chassis\.application\..*\n", re.MULTILINE)


def follow_notes(service: Service, own: Iterable[str]) -> None:
    """Change the user's own Python files as the newest release asks for."""
    for path in own:
        file = service.path / path
        if file.suffix == ".py" and file.exists():
            file.write_text(changed(file.read_text()))


def changed(text: str) -> str:
    """Return a module with the names that are right now."""
    if HARNESS in text:
        text, count = re.subn(
            r"\b(?:service\.system\.)?core\.notification_work\(\)",
            "notification_work(service.system)",
            text,
        )
        if count:
            text = text.replace(HARNESS, HARNESS.replace("\n", ", notification_work\n"))
            text = text.replace("work.notifications.", "work.")
    elif "core.notification_work" in text:
        text = text.replace("core.notification_work", "work")
        text = text.replace(CORE, f"{CORE}\n{WORK}")
        *_, last = re.finditer(r"^from (?:app|chassis)\..*\n", text, re.MULTILINE)
        text = text[: last.end()] + IMPORTS + text[last.end() :]
    return _with_repository(text) if OLD_WORK in text else text


def _with_repository(text: str) -> str:
    """Return a use case whose transactions give the repository itself."""
    if PORTS in text:
        text = text.replace(OLD_WORK, "")
        text = re.sub(f"({re.escape(PORTS)}.*)", r"\1, Notifications", text, count=1)
    else:
        text = text.replace(OLD_WORK, f"{PORTS}Notifications\n")
    *_, last = _CHASSIS.finditer(text)
    text = text[: last.end()] + UNIT_OF_WORK + text[last.end() :]
    text = text.replace("NotificationWork", "UnitOfWork[Notifications]")
    return text.replace("work.notifications.", "work.")
