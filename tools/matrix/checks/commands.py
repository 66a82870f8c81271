"""Every command that a text names can be called, and the README lists all of the service's."""

import re
import tomllib
from collections.abc import Iterator

from tools.matrix.prose import brought, said
from tools.matrix.rendering import Rendering

README = "README.md"
# The chassis has most, the service its own.
COMMANDS = re.compile(r"src/(?:app|chassis)/cli/commands/(\w+)")
_ROW = re.compile(r"^\| ((?:`[^`]+`(?:, )?)+) \|", re.MULTILINE)
_POE = re.compile(r"\bpoe ([a-z][\w-]*)")
_MODULE = re.compile(r"\bpython3? -m ((?:app|chassis|tests|scripts)[\w.]*)")


def check(rendering: Rendering) -> Iterator[str]:
    """Yield each task, command and module that is named and missing, or missing in the README."""
    tasks = set(tomllib.loads(rendering.texts["poe_tasks.toml"])["tasks"])
    commands = commands_in(rendering.files)
    made = commands | commands_in(brought(rendering))
    own = re.compile(
        rf"(?:^|uv run |bin/)(?:{re.escape(rendering.slug)}|python -m app) ([a-z][\w-]*)"
    )
    for each in said(rendering):
        for kind, names, known in (
            ("task", _POE.findall(each.code), tasks),
            ("command", own.findall(each.code), made),
        ):
            yield from (f"{each.file}: no {kind} {it}" for it in names if it not in known)
        for module in _MODULE.findall(each.code):
            if not {*started_by(module)} & {*rendering.files}:
                yield f"{each.file}: nothing is started by python -m {module}"
    listed = {row.split()[0] for row in rows(rendering.texts[README])}
    yield from (f"{README}: does not list {it}" for it in sorted(commands - listed))
    yield from (f"{README}: lists {it}, which is no command" for it in sorted(listed - commands))


def commands_in(paths: list[str] | set[str]) -> set[str]:
    """Return the names of the commands whose modules are among `paths`."""
    names = {found[1] for path in paths if (found := COMMANDS.match(path))}
    return {name.replace("_", "-") for name in names - {"__init__"}}


def started_by(module: str) -> Iterator[str]:
    """Yield the files, one of which `python -m` needs."""
    path = module.replace(".", "/")
    yield from (f"{root}{path}{end}" for root in ("src/", "") for end in (".py", "/__main__.py"))


def rows(readme: str) -> Iterator[str]:
    """Yield what the first column of the table of commands has in backticks."""
    section = re.search(r"^## Commands$(.+?)^## ", readme, re.MULTILINE | re.DOTALL)
    for cell in _ROW.findall(section[1] if section else ""):
        # The heading has dots where a command would be.
        yield from (name for name in re.findall(r"`([^`]+)`", cell) if "…" not in name)
