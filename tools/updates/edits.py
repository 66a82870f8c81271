"""A user's typical edits to a service, and whether they are still there later."""

from dataclasses import dataclass
from pathlib import Path

from tools.recipes import Step, read_recipes
from tools.service import ROOT, Service, environment
from tools.updates.moved import content_of, is_kept, now, renamed

# New files only: an update meets none of them.
EXTENSIONS = ("Add a use case", "Add an aggregate", "Add a setting", "Add a job")
# Recipes that have separate pages for each transport in newer releases.
ROUTES = ("Add a route", "Add the routes of an aggregate")

# Edits of template files, with the paths and names of the first release. The second text goes after
# the first line that starts with the first text.
INSERTED = {
    "README.md": ("## Work on it", "\nWe follow the template on the first Monday of a month.\n"),
    "Dockerfile": ("WORKDIR /srv", "# Ours: the folder that the platform mounts.\n"),
    "compose.yaml": ("services:", "  # Ours: see the wiki of the team for the passwords.\n"),
    "src/app/application/backlog.py": ("INTERVAL", "# Ours: agreed with the callers.\n"),
    "src/app/domain/time.py": (
        "    if time.tzinfo is None",
        "        # Ours: the clients in the field send none before their second start.\n",
    ),
    # An import of a moved module, in a moved file.
    "src/app/application/bus.py": (
        "from app.application.message",
        "from app.application.ports.clock import Clock  # noqa: F401 (ours)\n",
    ),
    "src/app/infrastructure/database/notification/table.py": (
        "notifications = ",
        "    # Ours: the reports of the team read it, too.\n",
    ),
}
# The same in files that an answer takes away.
OF_PARTS = {
    "src/app/bootstrap/roles/consumer.py": ("    core =", "    # Ours: agreed with the teams.\n"),
    "src/app/bootstrap/roles/producer.py": ("    core =", "    # Ours: agreed with the teams.\n"),
    "src/app/bootstrap/servers/tcp.py": ("    tcp_host", "    # Ours: see the wiki.\n"),
    "src/app/bootstrap/servers/grpc.py": ("    grpc_host", "    # Ours: see the wiki.\n"),
    "docs/tcp.md": ("# ", "\nOurs: see the wiki.\n"),
    "docs/grpc.md": ("# ", "\nOurs: see the wiki.\n"),
    "docs/quic.md": ("# ", "\nOurs: see the wiki.\n"),
}
# The folder in which `poe update` stores an edited file that the template no longer has.
KEPT_ASIDE = "dropped/{}.yours"
DELETED = "docs/guide.md"
MOVED = (".editorconfig", "src/.editorconfig")


@dataclass(frozen=True)
class Edited:
    """The edits: the content of the user's own files, and text that other files must contain.

    `moving` are files of the template that later versions have at another path.
    """

    own: dict[str, bytes]
    inserted: dict[str, str]
    moving: tuple[str, ...] = ()

    def lost(self, project: Path) -> list[str]:
        """Return the old path of each edit that is lost."""
        wrong = [
            path
            for path, content in self.own.items()
            if not is_kept(project / now(path, is_own=True), content)
        ]
        for path, text in self.inserted.items():
            places = (project / now(path), project / KEPT_ASIDE.format(now(path)))
            if all(renamed(text).encode() not in _bytes(place) for place in places):
                wrong.append(path)
        wrong += [path for path in (DELETED, MOVED[0]) if (project / path).exists()]
        return sorted(wrong)

    def left(self, project: Path) -> list[str]:
        """Return the files that are still at an old path."""
        return [path for path in self.moving if (project / path).exists()]


def edit(service: Service, *, is_installed: bool, of_parts: bool = False) -> Edited:
    """Extend, change, delete and move; without an installed service no command of it is run.

    `of_parts` says to change what an answer takes away, too.
    """
    project = service.path
    before = _files(project)
    path = {"PATH": f"{project / '.venv' / 'bin'}:{environment()['PATH']}"}
    recipes = read_recipes(project)
    if is_installed:
        service.run("python", "-m", "app", "migrate")
    names = [*EXTENSIONS, *(name for name in ROUTES if name in recipes)]
    for name in names:
        for step in recipes[name]:
            if is_installed or not _needs_service(step):
                step.do(project, environment() | path)
    own = {path: content_of(project / path) for path in _files(project) - before}
    inserted = {
        path: _insert(project / path, *(renamed(each, project) for each in what))
        for asked, what in {**INSERTED, **(OF_PARTS if of_parts else {})}.items()
        for path in {asked, now(asked)} & before
    }
    (project / DELETED).unlink()
    own[MOVED[1]] = content_of(project / MOVED[0])
    (project / MOVED[0]).rename(project / MOVED[1])
    return Edited(own, inserted, tuple(filter(_is_moving, sorted(before))))


def _needs_service(step: Step) -> bool:
    return step.language == "sh" and "uv run" in step.text


def _insert(file: Path, after: str, text: str) -> str:
    lines = file.read_text().splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if line.startswith(after)) + 1
    file.write_text("".join([*lines[:place], text, *lines[place:]]))
    return text


def _files(project: Path) -> set[str]:
    skipped = {".git", ".venv", "var", "__pycache__"}
    found = (path.relative_to(project) for path in project.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if not skipped.intersection(path.parts)}


def _bytes(file: Path) -> bytes:
    return content_of(file) if file.is_file() else b""


def _is_moving(path: str) -> bool:
    """Return whether the template has a file at another path now, and no file at this one."""
    place = ROOT / "template" / path
    return now(path) != path and not place.exists() and not Path(f"{place}.jinja").exists()
