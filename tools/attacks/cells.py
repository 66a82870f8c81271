"""The cells of the attack table, as the reports of pytest and of the drills have them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.chassis.cells import PROPERTY


@dataclass(frozen=True)
class Cell:
    """A variant of an attack on a surface; `outcome` is passed, failed, skipped or drill."""

    attack: str
    surface: str
    variant: str
    outcome: str
    seconds: float
    command: str


def read(report: Path, command: str) -> Iterator[Cell]:
    """Yield the cells of a JUnit report; `command` runs its tests, and takes a file's name."""
    for test in ElementTree.parse(report).getroot().iter("testcase"):
        for found in test.iter("property"):
            if found.get("name") == PROPERTY:
                attack, surface, variant = str(found.get("value")).split("|", 2)
                seconds = float(test.get("time", 0))
                where = f"{command} {_file(str(test.get('classname')))}"
                yield Cell(attack, surface, variant, _outcome(test), seconds, where)


def _outcome(test: ElementTree.Element) -> str:
    if test.find("failure") is not None or test.find("error") is not None:
        return "failed"
    return "skipped" if test.find("skipped") is not None else "passed"


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"
