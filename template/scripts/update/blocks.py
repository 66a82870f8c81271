"""Sorts blocks of imports: statements on separate lines, without an empty line between them."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from scripts.update.edits import Source, spliced

Statement = ast.Import | ast.ImportFrom
Key = tuple[bool, int, list[tuple[int, str]], str]
_PARTS = re.compile(r"(\d+)")


def are_sorted(source: Source, tree: ast.Module) -> bool:
    """Return whether every block is sorted, by the default order of isort and ruff."""
    return all(_is_sorted(block) for block in _blocks(source, tree))


def sorted_blocks(source: Source, tree: ast.Module) -> bytes:
    """Return the content with sorted blocks; a comment moves with the statement after it."""
    for block in _blocks(source, tree):
        # Each statement has the comments between it and the one before.
        ends = [source.starts[node.end_lineno or 0] for node in block]
        if _is_sorted(block) or not source.content[: ends[-1]].endswith(b"\n"):
            continue
        starts = [source.starts[block[0].lineno - 1], *ends[:-1]]
        places = list(zip(starts, ends, strict=True))
        texts = {
            node: source.content[slice(*place)] for node, place in zip(block, places, strict=True)
        }
        for place, node in zip(places, sorted(block, key=_key), strict=True):
            source.replace(*place, texts[node])
    return spliced(source.content, source.edits)


def _blocks(source: Source, tree: ast.Module) -> Iterator[list[Statement]]:
    for parent in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(parent, name, None)
            if isinstance(statements, list):
                yield from _of_body(source, statements)


def _of_body(source: Source, statements: list[ast.stmt]) -> Iterator[list[Statement]]:
    block: list[Statement] = []
    for node in statements:
        is_import = isinstance(node, ast.Import | ast.ImportFrom) and _is_alone(source, node)
        if block and not (is_import and _is_next(source, block[-1], node)):
            yield block
            block = []
        if is_import:
            assert isinstance(node, ast.Import | ast.ImportFrom)
            block.append(node)
    if block:
        yield block


def _is_alone(source: Source, node: ast.stmt) -> bool:
    """Return whether a statement shares its lines with comments at most."""
    after = source.after(node).lstrip()
    return not source.before(node).strip() and (not after or after.startswith(b"#"))


def _is_next(source: Source, before: ast.stmt, node: ast.stmt) -> bool:
    """Return whether only comments are between two statements."""
    between = source.content[source.starts[before.end_lineno or 0] : source.starts[node.lineno - 1]]
    return all(line.lstrip().startswith(b"#") for line in between.splitlines())


def _is_sorted(block: list[Statement]) -> bool:
    return all(_key(one) <= _key(other) for one, other in pairwise(block))


def _key(node: Statement) -> Key:
    """Return the sort key of a statement: `import` comes first, and digits sort as numbers."""
    is_from = isinstance(node, ast.ImportFrom)
    name = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
    numbered = _PARTS.split(name.lower())
    natural = [(int(part), "") if part.isdigit() else (-1, part) for part in numbered]
    return is_from, -node.level if isinstance(node, ast.ImportFrom) else 0, natural, name
