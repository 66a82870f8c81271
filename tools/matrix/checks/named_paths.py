"""Every path that a text names is there."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from mimetypes import types_map
from pathlib import PurePosixPath

from pathspec import GitIgnoreSpec

from tools.matrix.prose import Said, brought, said
from tools.matrix.rendering import Rendering

# The bases of paths, in addition to the folder of the text.
ROOTS = ("", "src", "src/app", "src/chassis")
# They come later: from `uv sync`, from `poe update`, and from the user.
LATER = {"uv.lock", "UPDATE-NOTES.md", "compose.override.yaml"}
_ENDINGS = r"cfg|conf|env|example|ini|json|lock|md|py|sql|toml|txt|ya?ml"
_FILE = re.compile(rf"[\w.<>*/-]*[\w>*-]\.(?:{_ENDINGS})")
_FOLDER = re.compile(r"(?:[\w.<>*-]+/)+[\w.<>*-]*")
_MODULE = re.compile(r"(?:app|chassis|tests|scripts)(?:\.[a-z_]\w*)+")


def check(rendering: Rendering) -> Iterator[str]:
    """Yield each path and each module that is named and missing."""
    there = everything(rendering)
    tops = {path.split("/")[0] for path in there}
    tops |= tops_of(there, "src/app/") | tops_of(there, "src/chassis/")
    ignored = GitIgnoreSpec.from_lines(rendering.texts[".gitignore"].splitlines())
    for each in said(rendering):
        for path in paths(each, tops):
            at_hand = [PurePosixPath(root, path).as_posix() for root in roots(each.file)]
            if path in LATER or any(map(ignored.match_file, (path, f"{path}/"))):
                continue
            if not any(is_there(it, there) for it in at_hand):
                yield f"{each.file}: there is no {path}"
        for module in _MODULE.findall(each.code):
            if not {*files_of(module)} & there:
                yield f"{each.file}: there is no module {module}"


def everything(rendering: Rendering) -> set[str]:
    """Return the paths of all files and folders, those that recipes make among them."""
    paths = {*rendering.files, *brought(rendering)}
    parents = {str(it) for path in paths for it in PurePosixPath(path).parents}
    return paths | (parents - {"."})


def tops_of(paths: set[str], folder: str) -> set[str]:
    """Return the names right inside `folder`."""
    inside = (path.removeprefix(folder) for path in paths if path.startswith(folder))
    return {path.split("/")[0] for path in inside}


def roots(file: str) -> Iterator[str]:
    """Yield the folders from which `file` may reckon a path: the usual, and those it lies in."""
    yield from ROOTS
    yield from map(str, PurePosixPath(file).parents)


def paths(each: Said, tops: set[str]) -> Iterator[str]:
    """Yield what is a path in a piece of code: its ending says so, or the folder it begins with."""
    for word in each.code.split():
        word = word.removeprefix("./")
        if word.startswith("/"):
            continue
        folder = _FOLDER.fullmatch(word) and word.split("/")[0] in tops
        # `application` is a layer, and the beginning of many a content type.
        if _FILE.fullmatch(word) or (folder and word not in types_map.values()):
            yield word.rstrip("/")


def is_there(path: str, there: set[str]) -> bool:
    """Return whether something of this path is there; `<...>` stands for any name."""
    pattern = re.sub(r"<\w+>", "*", path)
    if "*" in pattern:
        return any(fnmatchcase(it, pattern) for it in there)
    # A name alone is that of a file somewhere.
    return pattern in there or ("/" not in pattern and any(it.endswith(f"/{path}") for it in there))


def files_of(module: str) -> Iterator[str]:
    """Yield where a module may lie, or the one that has what is named last."""
    path, owner = module.replace(".", "/"), module.rpartition(".")[0].replace(".", "/")
    for root in ("src/", ""):
        yield from (f"{root}{path}", f"{root}{path}.py", f"{root}{owner}.py")
