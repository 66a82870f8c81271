"""The manual steps after an update, as the page `upgrading.md` describes them."""

import re
from collections.abc import Iterable

from tools.service import Service

# The code that `core` had up to 0.2.0, and the code of a container now.
CORE = "    core = providers.DependenciesContainer()\n"
WORK = (
    "    work = providers.Singleton(\n"
    "        SqlUnitOfWork, core.database, providers.Object(SqlNotificationWork)\n"
    "    )\n"
)
IMPORTS = (
    "from app.infrastructure.notification.work import SqlNotificationWork\n"
    "from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork\n"
)
HARNESS = "from tests.harness import Service\n"


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
    elif "core.notification_work" in text:
        text = text.replace("core.notification_work", "work")
        text = text.replace(CORE, f"{CORE}\n{WORK}")
        *_, last = re.finditer(r"^from (?:app|chassis)\..*\n", text, re.MULTILINE)
        text = text[: last.end()] + IMPORTS + text[last.end() :]
    return text
