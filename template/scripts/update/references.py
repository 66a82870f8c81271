"""Renames modules and paths in Python files, pages and files of settings."""

import re
from pathlib import PurePosixPath

from scripts.update.edits import spliced
from scripts.update.modules import ENDS
from scripts.update.python import follow_python, reference
from scripts.update.statements import Context

# Whole names are replaced in these.
SETTINGS = (".toml", ".ini", ".cfg", ".yaml", ".yml", ".importlinter", ".coveragerc")
# Python code between fences is changed in these.
PAGES = (".md",)
# The suffixes of files in `dropped/`.
KEPT = (".yours", ".template")

_NAME = re.compile(
    r"(?<![\w./-])(?:[\w.-]+(?:/[\w.-]+)+|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?![\w/-])"
)
_FENCE = re.compile(
    rb"^(?P<indent> *)(?P<fence>`{3,}|~{3,}) *(?:python|py)\b[^\n]*\n"
    rb"(?P<code>.*?)^(?P=indent)(?P=fence)",
    re.MULTILINE | re.DOTALL,
)


def is_followed(path: str) -> bool:
    """Return whether the content of such a file may change."""
    return _end(path) in (*ENDS, *SETTINGS, *PAGES)


def follow(path: str, content: bytes, context: Context) -> tuple[bytes, list[str]]:
    """Return the new content of a file, and each change outside of imports as `old -> new`.

    Only whole names are replaced: of a moved module, of an object in one, or of a moved path.
    """
    end = _end(path)
    if end in ENDS:
        return follow_python(content, context)
    return _follow_page(content, context) if end in PAGES else _follow_settings(content, context)


def _end(path: str) -> str:
    file = PurePosixPath(path)
    file = file.with_suffix("") if file.suffix in KEPT else file
    return file.suffix or file.name


def _follow_page(content: bytes, context: Context) -> tuple[bytes, list[str]]:
    """Change the Python code in a page."""
    edits, changed = [], []
    for found in _FENCE.finditer(content):
        indent, lines = found["indent"], found["code"].splitlines(keepends=True)
        if any(line.strip() and not line.startswith(indent) for line in lines):
            continue
        code = b"".join(line.removeprefix(indent) for line in lines)
        new, names = follow_python(code, context)
        if new != code:
            text = [
                indent + line if line.strip() else line for line in new.splitlines(keepends=True)
            ]
            edits.append((*found.span("code"), b"".join(text)))
            changed += names
    return spliced(content, edits), changed


def _follow_settings(content: bytes, context: Context) -> tuple[bytes, list[str]]:
    """Replace whole names in a file of settings."""
    changed: list[str] = []

    def follow_name(found: re.Match[str]) -> str:
        new = reference(found[0], context.modules)
        if new is None:
            return found[0]
        changed.append(f"{found[0]} -> {new}")
        return new

    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content, []
    return _NAME.sub(follow_name, text).encode(), changed
