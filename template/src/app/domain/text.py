"""Text that every store and broker can keep."""

from app.domain.errors import Invalid


def check_text(field: str, text: str) -> None:
    """Raise `Invalid` for `field` where `text` has a NUL or a lone surrogate."""
    # PostgreSQL's text and jsonb store neither.
    if "\0" in text:
        raise Invalid(field, "must not contain NUL characters")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid(field, "must not contain lone surrogates")
