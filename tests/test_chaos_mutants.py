import pytest

from tests.chaos.faults import FAULTS
from tests.chaos.mutants.__main__ import MUTANTS
from tests.chaos.mutants.mutant import SOURCE, Change, Mutant, StaleError
from tools.service import ROOT, Service

TEMPLATE = Service(ROOT / "template")


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_what_a_mutant_changes_is_there(mutant: Mutant) -> None:
    assert mutant.changes
    texts: dict[str, str] = {}
    for change in mutant.changes:
        text = texts.get(change.file) or (TEMPLATE.path / SOURCE / change.file).read_text()
        texts[change.file] = change.apply(text)
        assert change.new != change.old


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_names_faults_that_there_are(mutant: Mutant) -> None:
    assert {*mutant.faults} <= FAULTS.keys()
    assert mutant.found_as


@pytest.mark.parametrize("text", ["", "old old"])
def test_a_change_whose_text_is_not_there_once_is_told(text: str) -> None:
    with pytest.raises(StaleError, match=r"file\.py"):
        Change("file.py", "old", "new").apply(text)
