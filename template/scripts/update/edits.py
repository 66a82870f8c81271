"""Replaces parts of a Python file, by the positions in its syntax tree."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Source:
    """The bytes of a file; each edit has a start, an end, and the new text."""

    content: bytes
    edits: list[tuple[int, int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Compute the offset of each line."""
        self.starts = [0]
        for line in self.content.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def begin(self, node: ast.stmt | ast.expr | ast.alias) -> int:
        """Return the offset of a node's first byte."""
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.stmt | ast.expr | ast.alias) -> int:
        """Return the offset after a node's last byte."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.stmt | ast.expr | ast.alias) -> bytes:
        """Return the text of a node."""
        return self.content[self.begin(node) : self.end(node)]

    def before(self, node: ast.stmt) -> bytes:
        """Return the bytes before a node on its first line."""
        return self.content[self.starts[node.lineno - 1] : self.begin(node)]

    def after(self, node: ast.stmt) -> bytes:
        """Return the bytes after a node on its last line, without the line break."""
        assert node.end_lineno is not None
        return self.content[self.end(node) : self.starts[node.end_lineno]].rstrip(b"\r\n")

    def replace(self, start: int, end: int, text: bytes) -> None:
        """Replace the bytes between two offsets."""
        self.edits.append((start, end, text))

    @property
    def line_end(self) -> bytes:
        """The line break of the file."""
        return b"\r\n" if b"\r\n" in self.content else b"\n"

    def edited(self) -> bytes:
        """Return the content with all edits."""
        return spliced(self.content, self.edits)


def spliced(content: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Return the content with all edits; edits must not overlap."""
    parts, done = [], 0
    for start, end, text in sorted(edits):
        parts += [content[done:start], text]
        done = end
    return b"".join([*parts, content[done:]])
