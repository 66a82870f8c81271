import pytest

from tests.chaos.faults import FAULTS
from tests.chaos.mutants.__main__ import MUTANTS, SOUND
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
    assert bool(mutant.found_as) is bool(mutant.faults)


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_is_found_by_the_checker_or_by_tests_that_there_are(mutant: Mutant) -> None:
    assert bool(mutant.tests) is not bool(mutant.faults)
    for test in mutant.tests:
        file, _, name = test.partition("::")
        found = ROOT / file if file.startswith("tests/chassis/") else TEMPLATE.path / file
        assert found.exists()
        assert not name or f"def {name}(" in found.read_text()


def test_what_is_no_defect_is_there_too() -> None:
    for sound in SOUND:
        assert {*sound.faults} <= FAULTS.keys()
        for change in sound.changes:
            change.apply((TEMPLATE.path / SOURCE / change.file).read_text())


def test_there_are_mutants_of_each_part() -> None:
    files = {change.file for mutant in MUTANTS.values() for change in mutant.changes}
    parts = ("/outbox/", "relay.py", "/consuming/", "/journal/", "/streaming/", "/redis/")
    assert len(MUTANTS) >= 20
    assert [part for part in (*parts, "/idempotency/") if not any(part in f for f in files)] == []


@pytest.mark.parametrize("text", ["", "old old"])
def test_a_change_whose_text_is_not_there_once_is_told(text: str) -> None:
    with pytest.raises(StaleError, match=r"file\.py"):
        Change("file.py", "old", "new").apply(text)
