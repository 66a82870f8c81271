"""No folder is empty or holds nothing but the mark of a package."""

from collections.abc import Iterator

from tools.matrix.rendering import Rendering

# For the user's modules. A worker alone has no interfaces and no command; its layers are the same.
MEANT_EMPTY = {"src/app/bootstrap/own", "src/app/cli/commands", "src/app/interfaces"}


def check(rendering: Rendering) -> Iterator[str]:
    """Yield the folders that something was taken out of, and that stayed."""
    for folder in sorted(it for it in rendering.path.rglob("*") if it.is_dir()):
        inside = [path.name for path in folder.iterdir()]
        name = folder.relative_to(rendering.path).as_posix()
        if not inside:
            yield f"{name}: empty"
        elif inside == ["__init__.py"] and name not in MEANT_EMPTY:
            yield f"{name}: a package without a module"
