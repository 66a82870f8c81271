"""Patterns of receivers: `*` matches any text, also none; all other characters match themselves."""


def matches(pattern: str, text: str) -> bool:
    """Return whether the whole text matches; the time grows with the length of the text alone."""
    # No regular expression: one with several stars can take exponential time.
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
