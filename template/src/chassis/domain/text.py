"""Text that every store and broker can keep, and every terminal can show."""

import json

from chassis.domain.errors import Invalid


def check_text(field: str, text: str) -> None:
    """Raise `Invalid` for `field` if `text` has a NUL or a lone surrogate."""
    # PostgreSQL's text and jsonb store neither.
    if "\0" in text:
        raise Invalid(field, "must not contain NUL characters")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid(field, "must not contain lone surrogates")


def printable(text: str) -> str:
    """Return the text in one line, with escapes for characters that control a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def printable_lines(text: str) -> str:
    """Return the same for each of its lines; only a line feed ends one."""
    return "\n".join(printable(line) for line in text.split("\n"))


def printable_json(text: str) -> str:
    """Return the same JSON text, with escapes in strings for unprintable characters.

    JSON itself requires escapes below U+0020 alone; U+009B begins a terminal's commands, too.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
