"""A user's typical edits to a service, and whether they are still there later."""

from dataclasses import dataclass
from pathlib import Path

from tools.recipes import Step, read_recipes
from tools.service import Service, environment

# New files only: an update meets none of them.
EXTENSIONS = ("Add a use case", "Add an aggregate", "Add a setting", "Add a job")
# Recipes that have separate pages for each transport in newer releases.
ROUTES = ("Add a route", "Add the routes of an aggregate")

# In files of the template. Each text is put after the first line that begins with the other.
INSERTED = {
    "README.md": ("## Work on it", "\nWe follow the template on the first Monday of a month.\n"),
    "Dockerfile": ("WORKDIR", "# Ours: the folder that the platform mounts.\n"),
    "compose.yaml": ("services:", "  # Ours: see the wiki of the team for the passwords.\n"),
    "src/chassis/application/backlog.py": ("RETRY_AFTER", "# Ours: agreed with the callers.\n"),
    "src/chassis/domain/time.py": (
        "    if time.tzinfo is None",
        "        # Ours: the clients in the field send none before their second start.\n",
    ),
}
# The same in files that an answer takes away.
OF_PARTS = {
    "src/chassis/bootstrap/roles/consumer.py": (
        "    core =",
        "    # Ours: agreed with the teams.\n",
    ),
    "src/chassis/bootstrap/roles/producer.py": (
        "    core =",
        "    # Ours: agreed with the teams.\n",
    ),
    "src/chassis/bootstrap/servers/tcp.py": ("    tcp_host", "    # Ours: see the wiki.\n"),
    "src/chassis/bootstrap/servers/grpc.py": ("    grpc_host", "    # Ours: see the wiki.\n"),
    "docs/tcp.md": ("# ", "\nOurs: see the wiki.\n"),
    "docs/grpc.md": ("# ", "\nOurs: see the wiki.\n"),
}
# The folder in which `poe update` stores an edited file that the template no longer has.
KEPT_ASIDE = "dropped/{}.yours"
DELETED = "docs/guide.md"
MOVED = (".editorconfig", "src/.editorconfig")


@dataclass(frozen=True)
class Edited:
    """The edits: the content of the user's own files, and text that other files must contain."""

    own: dict[str, bytes]
    inserted: dict[str, str]

    def lost(self, project: Path) -> list[str]:
        """Return what is not as the user left it."""
        wrong = [path for path, content in self.own.items() if _bytes(project / path) != content]
        for path, text in self.inserted.items():
            places = (project / path, project / KEPT_ASIDE.format(path))
            if all(text.encode() not in (_bytes(place) or b"") for place in places):
                wrong.append(path)
        wrong += [path for path in (DELETED, MOVED[0]) if (project / path).exists()]
        return sorted(wrong)


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
    own = {path: (project / path).read_bytes() for path in _files(project) - before}
    inserted = {
        path: _insert(project / path, *what)
        for path, what in {**INSERTED, **(OF_PARTS if of_parts else {})}.items()
        if path in before
    }
    (project / DELETED).unlink()
    own[MOVED[1]] = (project / MOVED[0]).read_bytes()
    (project / MOVED[0]).rename(project / MOVED[1])
    return Edited(own, inserted)


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


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None
