from pathlib import Path

import pytest

from scripts.update.answers import FILE, Answers, read_answers
from scripts.update.refused import Refused

TEXT = """\
# Written by Copier.
_commit: 0.1.0-3-gabcdef0
_src_path: {source}
project_name: My Service
roles:
- producer
"""


def write(folder: Path, text: str) -> Path:
    (folder / FILE).write_text(text)
    return folder


@pytest.mark.parametrize(
    "source",
    (
        "gh:someone/shallot",
        "me@example.com:x",
        "/srv/shallot",
        "~/shallot",
        "'https://example.com/x'",
    ),
)
def test_what_copier_has_written_down_is_read(tmp_path: Path, source: str) -> None:
    found = read_answers(write(tmp_path, TEXT.format(source=source)))

    answers = "# Written by Copier.\nproject_name: My Service\nroles:\n- producer\n"
    assert found == Answers(source.strip("'"), "0.1.0-3-gabcdef0", answers)


@pytest.mark.parametrize("source", ("../shallot", "./shallot", ".", "..", "shallot", "a/b"))
def test_a_path_that_depends_on_the_folder_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(Refused, match="put its URL, or an absolute path"):
        read_answers(write(tmp_path, TEXT.format(source=source)))


@pytest.mark.parametrize("missing", ("_commit", "_src_path"))
def test_a_project_without_history_is_refused(tmp_path: Path, missing: str) -> None:
    lines = TEXT.format(source="/srv/shallot").splitlines(keepends=True)
    left = "".join(line for line in lines if not line.startswith(missing))

    with pytest.raises(Refused, match="no git repository"):
        read_answers(write(tmp_path, left))


def test_a_project_of_no_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=FILE):
        read_answers(tmp_path)
