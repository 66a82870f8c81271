"""The pins, and the lower bounds of the dependencies."""

from pathlib import Path

import pytest

from tests.conftest import Render
from tools.constraints import moved, pins
from tools.service import Service
from tools.versions import bounds, shortened, untrue


def test_pins_that_move_come_and_go_are_told() -> None:
    before = pins("# Words.\na==1.0\nb==2.0\nc==3.0\n")
    after = pins("a==1.0\nb==2.1\nd==4.0\n")
    assert list(moved(before, after)) == ["b: 2.0 -> 2.1", "c: 3.0 -> -", "d: - -> 4.0"]


@pytest.mark.parametrize(
    ("version", "bound", "expected"),
    [("10.2.1", "10.2", "10.2"), ("1.81.1", "1.81.1", "1.81.1"), ("0.63b1", "0.63", "0.63")],
)
def test_a_version_has_as_many_numbers_as_its_bound(
    version: str, bound: str, expected: str
) -> None:
    assert str(shortened(version, bound)) == expected


def test_a_bound_that_no_installation_can_have_is_found(render: Render) -> None:
    service = Service(render("defaults"))
    lowest = dict(bounds(service))
    assert lowest["litestar"]
    assert lowest["pytest"]

    assert untrue(service, lowest) == []
    (line,) = untrue(service, lowest | {"litestar": "999.0"})
    assert line == f"litestar >= {lowest['litestar']}, but 999.0 is installed"


def test_dependencies_for_other_systems_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["a>=1,<2", "b>=1; sys_platform == \'none\'"]\n'
        "[dependency-groups]\ndev = ['c']\n"
    )
    assert list(bounds(Service(tmp_path))) == [("a", "1")]
