"""Renames modules in Python source: in imports, in the use of imported names, and in strings."""

import ast
import re
from collections.abc import Iterator

from scripts.update.blocks import are_sorted, sorted_blocks
from scripts.update.edits import Source
from scripts.update.modules import Modules
from scripts.update.statements import Context, follow_from

_REFERENCE = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(:[A-Za-z_][\w.]*)?")
_BOM = b"\xef\xbb\xbf"


def follow_python(content: bytes, context: Context) -> tuple[bytes, list[str]]:
    """Return the new source of a file, and each changed string as `old -> new`.

    All other bytes stay the same. Sorted blocks of imports are sorted afterwards. Source with a
    syntax error is returned unchanged.
    """
    body = content.removeprefix(_BOM)
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return content, []
    source = Source(body)
    _follow_imports(source, tree, context)
    changed = list(_follow_strings(source, tree, context.modules))
    if not source.edits:
        return content, []
    result = source.edited()
    if are_sorted(source, tree):
        result = sorted_blocks(Source(result), ast.parse(result))
    return content[: len(content) - len(body)] + result, changed


def _follow_imports(source: Source, tree: ast.Module, context: Context) -> None:
    """Change import statements, and each use of `a.b` after `import a.b`."""
    modules = context.modules
    whole: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            follow_from(source, node, context)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in modules.moved and (new := modules.renamed(alias.name)):
                    _replace_name(source, alias, alias.name, new)
                    whole |= set() if alias.asname else {alias.name}
    for node in ast.walk(tree) if whole else ():
        if isinstance(node, ast.Attribute) and (name := _dotted(node)) in whole:
            _replace_name(source, node, name, modules.moved[name])


def _replace_name(source: Source, node: ast.expr | ast.alias, old: str, new: str) -> None:
    """Replace the dotted name that a node starts with; it may have spaces around its dots."""
    pattern = rb"\s*\.\s*".join(part.encode() for part in old.split("."))
    start = source.begin(node)
    if found := re.compile(pattern).match(source.content, start):
        source.replace(start, found.end(), new.encode())


def _dotted(node: ast.expr) -> str:
    """Return a dotted name, or an empty string for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def _follow_strings(source: Source, tree: ast.Module, modules: Modules) -> Iterator[str]:
    """Change each string that is the name of a module, of an object in one, or a path."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        text, new = node.value, reference(node.value, modules)
        start, written = source.begin(node), source.text(node)
        if new and written in (f'"{text}"'.encode(), f"'{text}'".encode()):
            source.replace(start + 1, start + len(written) - 1, new.encode())
            yield f"{text} -> {new}"


def reference(text: str, modules: Modules) -> str | None:
    """Return the new text if all of it is a moved name or path, else `None`."""
    if text in modules.paths:
        return modules.paths[text]
    found = _REFERENCE.fullmatch(text)
    new = modules.renamed(found[1]) if found else None
    return f"{new}{found[2] or ''}" if found and new else None
