"""Parts of a service that its user adds, drops, and adds again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from tools.service import Service, spell
from tools.updates.case import Outcome, bring_forward, generate
from tools.updates.edits import Edited, edit
from tools.updates.history import NEXT, commit
from tools.updates.moved import content_of
from tools.updates.traces import leftovers, run_once, unresolved

Answers = Mapping[str, object]

ROLES = ("producer", "consumer")
ANSWERS = ".copier-answers.yml"
NOTES = "UPDATE-NOTES.md"
SKIPPED = {".git", ".venv", "__pycache__"}


@dataclass(frozen=True)
class Part:
    """One part, by the answers of a service without it and with it."""

    name: str
    without: Answers
    given: Answers


@dataclass(frozen=True)
class Change:
    """The result of a service that got other answers, and then its former ones."""

    part: str
    turn: str
    moved: int
    differs: list[str]
    conflicts: list[str]
    lost: list[str]
    left: list[str]
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether the service is where it began, and had been elsewhere meanwhile."""
        return bool(self.moved) and not [*self.differs, *self.conflicts, *self.lost, *self.left]


def parts() -> Iterator[Part]:
    """Yield every role, in all company that it can be added to, and every other part."""
    for role in ROLES:
        others = [each for each in ROLES if each != role]
        for count in range(1, len(others) + 1):
            for company in combinations(others, count):
                roles = [each for each in ROLES if each == role or each in company]
                yield Part(role, {"roles": list(company)}, {"roles": roles})
    for transport in ("tcp", "grpc", "quic", "webrtc", "p2p"):
        yield Part(transport, {"transports": ["http"]}, {"transports": ["http", transport]})
    yield Part("compose", {"deploy": []}, {"deploy": ["compose"]})
    yield Part("server", {"deploy": []}, {"deploy": ["server"]})
    yield Part("gitlab", {"ci": "github"}, {"ci": "gitlab"})
    yield Part("helm", {"deploy": []}, {"deploy": ["helm"]})
    yield Part("the chassis's package", {"chassis": "source"}, {"chassis": "package"})
    yield Part("Apache-2.0", {"license": "MIT"}, {"license": "Apache-2.0"})
    yield Part("Proprietary", {"license": "MIT"}, {"license": "Proprietary"})
    yield Part("Python 3.12", {"python_version": "3.13"}, {"python_version": "3.12"})


def change(template: Path, folder: Path, part: Part, first: Answers, then: Answers) -> Change:
    """Make a service with the answers `first`, have its user edit it, change them and go back.

    It has run each time, and its user has edited what is dropped, too.
    """
    turn = "dropped, added" if first is part.given else "added, dropped"
    service = generate(template, NEXT, folder / "service", first)
    edited = edit(service, is_installed=False, of_parts=True)
    commit(service.path, "ours")
    begun = snapshot(service.path)
    there, left = turned(service, edited, then)
    between = snapshot(service.path)
    back, left_again = turned(service, edited, first)
    wrong = [each.said for each in (there, back) if each.code]
    return Change(
        part.name,
        turn,
        len(differing(begun, between)),
        differing(begun, snapshot(service.path)),
        [*there.conflicts, *back.conflicts, *there.rejected, *back.rejected, *wrong],
        [*there.lost, *back.lost],
        [*left, *left_again],
        max(there.seconds, back.seconds),
    )


def turned(service: Service, edited: Edited, answers: Answers) -> tuple[Outcome, list[str]]:
    """Update a service that has run to other answers, and return what is left of the others."""
    run_once(service.path)
    outcome = bring_forward(service, edited, f"--to={NEXT}", *data(answers))
    left = [*leftovers(service.path), *unresolved(service.path, edited.own)]
    # As it says itself.
    (service.path / NOTES).unlink(missing_ok=True)
    commit(service.path, "changed")
    return outcome, left


def data(answers: Answers) -> list[str]:
    """Return answers as arguments."""
    return [f"--data={name}={spell(answer)}" for name, answer in answers.items()]


def snapshot(project: Path) -> dict[str, tuple[int, bytes]]:
    """Return the mode and the content of every file, but for the recorded answers."""
    found = (path for path in project.rglob("*") if path.is_file() or path.is_symlink())
    return {
        path.relative_to(project).as_posix(): (path.lstat().st_mode, _content(path))
        for path in found
        if path.name != ANSWERS and not SKIPPED.intersection(path.parts)
    }


def differing(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    """Return the paths that are not the same in both."""
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


def changes(template: Path, folder: Path, chosen: Sequence[Part]) -> Iterator[Change]:
    """Change each part both ways."""
    for number, part in enumerate(chosen):
        for first, then in ((part.given, part.without), (part.without, part.given)):
            name = f"{number}-{'with' if first is part.given else 'without'}"
            yield change(template, folder / name, part, first, then)


def _content(path: Path) -> bytes:
    return str(path.readlink()).encode() if path.is_symlink() else content_of(path)
