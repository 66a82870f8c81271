"""The template's repository: what versions it has, and what a version renders to."""

import re
import subprocess
from pathlib import Path

from scripts.update.answers import FILE, Answers
from scripts.update.command import git
from scripts.update.moves import FILE as MOVES
from scripts.update.moves import Moves
from scripts.update.refused import Refused

# As Copier abbreviates them.
HOSTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
_RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
CHANGELOG = "CHANGELOG.md"


class Template:
    """A clone of the template, from which both versions are rendered."""

    def __init__(self, copier: list[str], clone: Path) -> None:
        self._copier = copier
        self._clone = clone

    @classmethod
    def fetch(cls, copier: list[str], source: str, into: Path) -> "Template":
        """Clone the template; raises `Refused` where that cannot be done."""
        into.mkdir()
        # Text after `--` is no option. Git has options that run a command.
        git(into, "clone", "--quiet", "--", url_of(source), ".")
        return cls(copier, into)

    def newest(self) -> str:
        """Return the newest release, or `HEAD` where none is tagged."""
        releases = [tag for tag in git(self._clone, "tag").split() if _RELEASE.fullmatch(tag)]
        return max(releases, key=_numbers) if releases else "HEAD"

    def commit_of(self, version: str) -> str:
        """Return the full hash of a version; raises `Refused` where the template has none such."""
        try:
            found = git(self._clone, "rev-parse", "--verify", "--quiet", version + "^{commit}")
        except Refused:
            raise Refused(f"the template has no version {version}") from None
        return found.strip()

    def newest_after(self, old: str) -> str:
        """Return the newest version for a project that follows `old`.

        Raises `Refused` where that follows something later, which is not released yet.
        """
        new = self.newest()
        before, after = self.commit_of(old), self.commit_of(new)
        if before != after and self._is_before(after, before):
            raise Refused(
                f"there is nothing newer: this project follows {old}, and the newest release is "
                f"{new}. Add `--to HEAD` for what is not released yet, or `--to {old}` where you "
                "only want other answers"
            )
        return new

    def check_order(self, old: str, new: str) -> None:
        """Raise `Refused` unless `new` comes after `old`, or is the same."""
        before, after = self.commit_of(old), self.commit_of(new)
        if self._is_before(before, after):
            return
        if self._is_before(after, before):
            raise Refused(
                f"this project follows {old}, which is newer than {new}, and there is no way "
                "back: revert the commit of that update instead"
            )
        raise Refused(f"{new} does not come after {old}, which this project follows")

    def news(self, old: str, new: str) -> str:
        """Return the parts of the changelog that `new` has and `old` has not."""
        known = set(_parts(self._text(old, CHANGELOG)))
        return "\n\n".join(p for p in _parts(self._text(new, CHANGELOG)) if p not in known)

    def moves(self, old: str, new: str) -> Moves:
        """Return the rows of the table of moves that `old` does not have.

        Raises `Refused` if the table is invalid.
        """
        try:
            return Moves.after(self._text(old, MOVES), self._text(new, MOVES))
        except ValueError as error:
            raise Refused(f"the template's table of moved files is invalid: {error}") from None

    def render(
        self, version: str, answers: Answers, into: Path, data: list[str], *, ask: bool = False
    ) -> Path:
        """Render a version with these answers, `data` (`NAME=VALUE`) before them; return where.

        With `ask` Copier asks what is not answered yet, else it takes the defaults. Raises
        `Refused` where it cannot be rendered.
        """
        given = into.with_suffix(FILE)
        given.write_text(answers.text)
        command = [*self._copier, "copy", "--quiet", f"--vcs-ref={version}"]
        command += [f"--data-file={given}", *(f"--data={each}" for each in data)]
        # Not the clone: a service with the chassis as a package names its address.
        command += [f"--data=template_source={answers.source}"]
        command += (
            [str(self._clone), str(into)] if ask else ["--defaults", str(self._clone), str(into)]
        )
        done = subprocess.run(command, capture_output=not ask, text=True, check=False)
        if done.returncode:
            said = "see above" if ask else f"\n{done.stdout}{done.stderr}"
            raise Refused(f"{version} cannot be rendered: {said}".rstrip())
        return into

    def _is_before(self, one: str, other: str) -> bool:
        """Return whether one commit is among those that led to the other, or is the same."""
        return git(self._clone, "merge-base", one, other).strip() == one

    def _text(self, version: str, path: str) -> str:
        """Return the text of a file of a version, or an empty text if it has no such file."""
        try:
            return git(self._clone, "show", f"{version}:{path}")
        except Refused:
            return ""


def url_of(source: str) -> str:
    """Return what git clones, for what Copier has written down; raises `Refused`."""
    for short, host in HOSTS.items():
        if source.startswith(short):
            return f"{host}{source.removeprefix(short).removesuffix('.git')}.git"
    if not source.startswith("~"):
        return source.removeprefix("git+")
    try:
        return str(Path(source).expanduser())
    except RuntimeError:
        raise Refused(f"the template is known as {source}: there is no such user here") from None


def _numbers(tag: str) -> tuple[int, ...]:
    found = _RELEASE.fullmatch(tag)
    assert found is not None
    return tuple(map(int, found.groups()))


def _parts(changelog: str) -> list[str]:
    """Return the sections, each with its heading."""
    return [f"## {part.strip()}" for part in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]]
