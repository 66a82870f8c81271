"""Changes the modules of `from … import …` statements."""

import ast
import re
from dataclasses import dataclass

from scripts.update.edits import Source
from scripts.update.modules import Modules

_COMMENT = re.compile(rb"#[^\r\n]*")
# The common form; `from` and the dots of a relative import may have no space between them.
_MODULE = re.compile(rb"from[ \t]*([\w.]+)[ \t]+import\b")

# The imported names by their new module, in the order of the statement.
Groups = dict[str, list[ast.alias]]


@dataclass(frozen=True)
class Context:
    """The moved modules, the old and the new package of a file, and the maximum line length."""

    modules: Modules
    before: str
    after: str
    width: int


def follow_from(source: Source, node: ast.ImportFrom, context: Context) -> None:
    """Change a statement so that it imports from the new modules."""
    module = _absolute(node, context.before)
    groups: Groups = {}
    for alias in node.names:
        parent, name = context.modules.place(module, alias.name)
        kept = alias.asname or (alias.name if name != alias.name else None)
        groups.setdefault(parent, []).append(ast.alias(name, kept))
    is_same = _has_same_names(groups, node)
    if is_same and list(groups) == [_absolute(node, context.after)]:
        return
    found = _MODULE.match(source.text(node))
    if is_same and found:
        (new,) = groups
        if not _too_long(source, node, len(new) - len(found[1]), context.width):
            start = source.begin(node)
            source.replace(start, start + found.end(1), b"from " + new.encode())
            return
    _rewrite(source, node, groups, context.width)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the full name of the module that a statement imports from."""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join([*parts, *([node.module] if node.module else [])])


def _has_same_names(groups: Groups, node: ast.ImportFrom) -> bool:
    """Return whether only the module changes."""
    names = [[(alias.name, alias.asname) for alias in group] for group in groups.values()]
    return names == [[(alias.name, alias.asname) for alias in node.names]]


def _too_long(source: Source, node: ast.stmt, more: int, width: int) -> bool:
    """Return whether a statement of one line becomes too long, and can be split."""
    if node.lineno != node.end_lineno or source.before(node).strip() or source.after(node).strip():
        return False
    length = len((source.before(node) + source.text(node)).decode())
    return length <= width < length + more


def _rewrite(source: Source, node: ast.ImportFrom, groups: Groups, width: int) -> None:
    """Write one statement for each module."""
    before, after = source.before(node), source.after(node)
    is_alone = not before.strip()
    comments = _COMMENT.findall(source.text(node)) if node.lineno != node.end_lineno else []
    if comments and not is_alone:
        return
    is_broken = node.lineno != node.end_lineno
    statements = list(comments)
    for module, names in groups.items():
        line = ast.unparse(ast.ImportFrom(module, names, 0)).encode()
        if is_alone and (
            (is_broken and len(names) > 1)
            or (len((before + line).decode()) > width and not after.strip())
        ):
            line = _broken(module, names, before, source.line_end)
        statements.append(line)
    between = source.line_end + before if is_alone else b"; "
    source.replace(source.begin(node), source.end(node), between.join(statements))


def _broken(module: str, names: list[ast.alias], before: bytes, line_end: bytes) -> bytes:
    """Return a statement with one line per name."""
    lines = [f"    {ast.unparse(name)},".encode() for name in names]
    return (line_end + before).join([f"from {module} import (".encode(), *lines, b")"])
