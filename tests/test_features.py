import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Render, files
from tests.matrix import CASES
from tests.questions import RECEIVING_FILES, ROLE_FILES

# Text and no syntax: a service may need a newer Python than this runs on.
IMPORTED = re.compile(r"^\s*(?:from|import) (app(?:\.\w+)*)", re.MULTILINE)
OTHER = {"producer": "consumer", "consumer": "producer"}


def owned(role: str, source: Path) -> set[str]:
    """Return every file under `source` that the tables give to `role`."""
    patterns = ROLE_FILES[role] + (RECEIVING_FILES if role == "consumer" else [])
    found = {path for pattern in patterns for path in source.glob(pattern)}
    inside = {path for folder in found if folder.is_dir() for path in folder.rglob("*")}
    every = (path for path in found | inside if path.is_file())
    return {path.relative_to(source).as_posix() for path in every}


@pytest.mark.parametrize("role", OTHER)
def test_one_role_alone_lacks_the_files_of_the_other_and_no_more(
    render: Render, template: Path, role: str
) -> None:
    both = files(render("defaults"))
    missing = both - files(render(role))
    # The parts of a feature in unchosen transports are in neither.
    assert missing == owned(OTHER[role], template / "template") & both
    assert files(render(role)) - files(render("defaults")) == set()


@pytest.mark.parametrize("name", CASES)
def test_no_module_imports_what_was_left_out(render: Render, name: str) -> None:
    project = render(name)
    assert sorted(missing_imports(project)) == []


@pytest.mark.parametrize("name", CASES)
def test_packages_of_webrtc_come_with_its_answer_only(render: Render, name: str) -> None:
    project = render(name)
    texts = [project / "pyproject.toml", *(project / "src").rglob("*.py")]
    found = {path for path in texts if re.search(r"\b(aiortc|aioice)\b", path.read_text())}

    assert bool(found) == ("webrtc" in str(CASES[name].get("transports")))


def missing_imports(project: Path) -> Iterator[str]:
    for path in project.rglob("*.py"):
        for module in IMPORTED.findall(path.read_text()):
            if not is_there(project / "src", module):
                yield f"{path.relative_to(project)}: {module}"


def is_there(source: Path, module: str) -> bool:
    path = source.joinpath(*module.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()
