"""Reads recipes and does what they say, so that they and the service cannot drift apart.

In a recipe, a line with only a path names the file of the code block below it. A `diff` edits that
file; any other block is the whole of a new one. `sh` blocks are run.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^(?:`([^`\n]+)`\n\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One block of a recipe."""

    language: str
    text: str
    path: str | None

    def do(self, project: Path, environment: Mapping[str, str]) -> None:
        """Write, edit or run in `project`; raises an error where that cannot be done."""
        if self.language == "sh":
            run(self.text, project, environment)
        elif self.path is None:
            raise ValueError(f"no line above this block names its file:\n{self.text}")
        elif self.language == "diff":
            target = project / self.path
            target.write_text(patch(target.read_text(), self.text))
        else:
            with (project / self.path).open("x") as new:
                new.write(self.text)


def read_recipes(project: Path) -> dict[str, list[Step]]:
    """Return the steps of each recipe of a project, by its heading: the guide's, then others'."""
    recipes: dict[str, list[Step]] = {}
    for page in pages(project):
        recipes |= read_page(page)
    return recipes


def pages(project: Path) -> list[Path]:
    """Return the pages of a project that have recipes."""
    guide = project / "docs" / "guide.md"
    others = sorted(set(guide.parent.glob("*.md")) - {guide})
    return [page for page in (guide, *others) if page.exists()]


def read_page(page: Path) -> dict[str, list[Step]]:
    """Return the steps of each recipe on a page, by its heading."""
    parts = _SECTION.split(page.read_text())
    recipes = {
        heading: [Step(language, text, path or None) for path, language, text in _blocks(body)]
        for heading, body in zip(parts[1::2], parts[2::2], strict=True)
    }
    return {heading: steps for heading, steps in recipes.items() if steps}


def patch(text: str, diff: str) -> str:
    """Return `text` with each hunk (divided by `@@`) in its place, which must be a single one."""
    for hunk in diff.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        if text.count(before) != 1:
            raise ValueError(f"there are {text.count(before)} places for this:\n{hunk}")
        text = text.replace(before, after)
    return text


def run(script: str, project: Path, environment: Mapping[str, str]) -> None:
    """Run each line, without uv: the environment's `PATH` leads to the project's own commands."""
    script = re.sub(r"\buv run ", "", script)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"{script}\n{done.stdout}\n{done.stderr}")


def _blocks(body: str) -> Iterator[tuple[str, str, str]]:
    for block in _BLOCK.finditer(body):
        yield block[1] or "", block[2], block[3]
