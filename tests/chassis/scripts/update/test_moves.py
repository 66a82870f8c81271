import pytest

from scripts.update.moves import Moves


def test_a_table_is_read_without_its_head_and_what_is_known() -> None:
    text = 'old,new\na.py,b.py\n"a, b.md",c.md\na/,b/\n'

    assert Moves.after("", text).rows == (("a.py", "b.py"), ("a, b.md", "c.md"), ("a/", "b/"))
    assert Moves.after("old,new\na.py,b.py\n", text).rows == (("a, b.md", "c.md"), ("a/", "b/"))
    assert Moves.after(text, text).rows == Moves.after("", "").rows == ()


@pytest.mark.parametrize(
    "text",
    ("a.py,b.py\n", *(f"old,new\n{row}\n" for row in ("a", "a,b,c", "a/,b", "a,b/", "a,", ",b"))),
)
def test_a_table_with_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"moves\.csv must have|->"):
        Moves.after("", text)


@pytest.mark.parametrize(
    ("rows", "places"),
    (
        ("a>b b>c", {"a": "c", "b": "c"}),
        ("a>b c>a", {"a": "b", "c": "a"}),
        ("a>b b>a", {"a": "a", "b": "a"}),
        ("a>b a>c", {"a": "b"}),
        ("a/>b/", {"a/x": "b/x", "a/x/y": "b/x/y", "c/a/x": "c/a/x", "ab": "ab"}),
        ("a/x>a/y a/>b/ b/z>c", {"a/x": "b/y", "a/z": "c"}),
    ),
    ids=(
        "twice",
        "a place that is used again",
        "there and back",
        "a new file in the old place",
        "a folder",
        "files and folders",
    ),
)
def test_rows_are_followed_from_the_oldest(rows: str, places: dict[str, str]) -> None:
    moves = Moves(tuple((old, new) for row in rows.split() for old, _, new in [row.partition(">")]))

    assert {path: moves.new(path) for path in places} == places


def test_a_file_of_the_users_own_moves_with_its_folder_alone() -> None:
    moves = Moves((("a/x", "b/x"), ("c/", "d/")))

    assert [moves.new(path, is_own=True) for path in ("a/x", "c/x")] == ["a/x", "d/x"]
