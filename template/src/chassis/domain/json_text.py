"""JSON that is kept as text: a value that is not read need not be decoded."""


class JsonText:
    """A JSON value as compact text in UTF-8, checked by the code that made it.

    A decoded value takes up to a hundred times the memory of its text. Two are equal if their texts
    are.
    """

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text

    def __len__(self) -> int:
        """Return the size of the text, in bytes."""
        return len(self.text)

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, JsonText) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"JsonText({self.text!r})"


EMPTY_OBJECT = JsonText(b"{}")
