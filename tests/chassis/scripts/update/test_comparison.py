from pathlib import Path

from scripts.update.comparison import Comparison, compare
from scripts.update.moves import Moves


def test_what_a_new_rendering_has_more_others_and_less(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, texts in (
        (old, {"same": "1", "changed": "1", "removed": "1", ".copier-answers.yml": "1"}),
        (new, {"same": "1", "changed": "2", "added": "2", ".copier-answers.yml": "2"}),
    ):
        (folder / "src").mkdir(parents=True)
        for name, text in texts.items():
            (folder / ("src" if name != ".copier-answers.yml" else "") / name).write_text(text)

    found = compare(old, new, Moves())

    assert found == Comparison(["src/added"], ["src/changed"], [], ["src/removed"])


def test_a_file_that_moved_is_not_one_more_and_one_less(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, texts in ((old, {"a": "1", "b": "1"}), (new, {"b": "2", "c": "2"})):
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text)

    found = compare(old, new, Moves((("b", "c"), ("a", "b"), ("x", "y"))))

    assert found == Comparison([], [], ["a -> b", "b -> c"], [])
