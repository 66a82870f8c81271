"""All checks, by the name that the report gives them."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from tools.matrix.checks import (
    commands,
    dead_modules,
    dependencies,
    dropped,
    file_names,
    folders,
    named_paths,
    residue,
    tools,
)
from tools.matrix.rendering import Rendering

Check = Callable[[Rendering], Iterator[str]]

# They look at all texts, so each rendering is a case of its own.
EACH: Mapping[str, Check] = {
    "residue": residue.check,
    "dropped": dropped.check,
    "folders": folders.check,
    "file names": file_names.check,
    "named paths": named_paths.check,
    "commands": commands.check,
    "format": tools.formatted,
    "lint": tools.linted,
}
# They find the same in all renderings with the same `Rendering.code`.
ONCE: Mapping[str, Check] = {
    "dead modules": dead_modules.check,
    "dependencies": dependencies.check,
    "layers": tools.layered,
}


def with_types(environment: Path) -> dict[str, Check]:
    """Return `ONCE`, and a check of types in an environment that has what services need."""
    return {**ONCE, "types": partial(tools.typed, where=environment)}
