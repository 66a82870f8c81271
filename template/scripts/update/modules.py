"""Maps the names of moved Python modules to their new names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from scripts.update.places import Places

ENDS = (".py", ".pyi")
# Names of modules start below this folder. Names of all other modules start at the project.
SOURCE = "src"
_INIT = "__init__"


def module_of(path: str) -> str | None:
    """Return the name of a file's module, or `None` if Python cannot import the file."""
    file = PurePosixPath(path)
    parts = file.with_suffix("").parts
    parts = parts[parts[0] == SOURCE : -1 if parts[-1] == _INIT else None]
    is_module = file.suffix in ENDS and bool(parts) and all(map(str.isidentifier, parts))
    return ".".join(parts) if is_module else None


def package_of(path: str) -> str:
    """Return the package that a file's relative imports start from."""
    parts = PurePosixPath(path).parent.parts
    return ".".join(parts[parts[:1] == (SOURCE,) :])


@dataclass(frozen=True)
class Modules:
    """The new names of moved modules by their old names, the modules that stay, and moved paths."""

    moved: Mapping[str, str]
    there: frozenset[str]
    paths: Places

    @classmethod
    def read(cls, moved: Places, files: Iterable[str]) -> "Modules":
        """Return the modules of the moved files; `files` are the project's after the moves."""
        present = {module for file in files if (module := module_of(file))}
        pairs = ((module_of(old), module_of(new)) for old, new in moved.items())
        names = {old: new for old, new in pairs if old and new and old not in present}
        packages = {parent for module in present for parent in _parents(module)}
        return cls(names, frozenset(present | packages), moved)

    def renamed(self, name: str) -> str | None:
        """Return the new name of a module or of an object in one; `None` if it stays.

        A package that moved and still has modules at its old path stays.
        """
        for module in (name, *_parents(name)):
            if module in self.there:
                return None
            if new := self.moved.get(module):
                return new + name.removeprefix(module)
        return None

    def place(self, module: str, name: str) -> tuple[str, str]:
        """Return the new module and name for `from module import name`."""
        whole = f"{module}.{name}"
        if whole in self.moved:
            parent, _, last = self.moved[whole].rpartition(".")
            return parent, last
        return (module if whole in self.there else self.moved.get(module, module)), name


def _parents(name: str) -> Iterator[str]:
    """Yield the packages of a module, the innermost first."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name
