"""Patterns of receivers: `*` stands for any text, also none; all else for itself."""


def matches(pattern: str, text: str) -> bool:
    """Return whether the whole text fits; in time that grows with the text alone."""
    # No regular expression: one of several stars can be made to take for ever.
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    place, end = len(first), len(text) - len(last)
    if place > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
