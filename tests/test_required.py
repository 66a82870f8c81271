import random
from pathlib import Path

import pytest

from tests.chaos import __main__ as chaos
from tests.chaos.fault import Fault
from tests.chaos.world import World
from tests.needs import give_up
from tools.required import MissingRight, is_required, program, services_are_required
from tools.service import ROOT


@pytest.mark.parametrize(("value", "is_so"), [("", False), ("0", False), ("1", True)])
def test_variable_says_whether_services_are_required(
    monkeypatch: pytest.MonkeyPatch, value: str, is_so: bool
) -> None:
    monkeypatch.setenv("REQUIRE_SERVICES", value)
    assert services_are_required() is is_so


def test_program_that_is_not_there_names_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program("nft", "nftables") == "nft (apt-get install nftables)"
    (tmp_path / "nft").touch(mode=0o755)
    assert program("nft", "nftables") == ""


def test_missing_program_skips_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUIRE_SERVICES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="lacks nft"):
        give_up("nft")
    monkeypatch.setenv("REQUIRE_SERVICES", "1")
    with pytest.raises(pytest.fail.Exception, match="lacks nft"):
        give_up("nft")


def test_right_that_no_package_brings_is_never_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_SERVICES", "1")
    lacking = MissingRight("root, to drop packets")
    assert not is_required(lacking)
    with pytest.raises(pytest.skip.Exception, match="lacks root, to drop packets"):
        give_up(lacking)


# The tests of a service report for themselves why they skip (`tests/conftest.py` there).
IN_A_SERVICE = ROOT / "tests" / "chassis"


def test_no_test_is_skipped_past_the_variable() -> None:
    own = {"needs.py", Path(__file__).name}
    ways = ("mark." + "skip", "pytest." + "skip", "import" + "orskip")
    skipping = [
        path.name
        for path in (ROOT / "tests").rglob("*.py")
        if path.name not in own
        and not path.is_relative_to(IN_A_SERVICE)
        and any(way in path.read_text() for way in ways)
    ]
    assert skipping == []


def test_fault_that_needs_a_missing_program_ends_a_run_of_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking = {"one": Fault("one", "it", strike, lambda: "nft")}
    monkeypatch.setattr(chaos, "FAULTS", lacking)
    monkeypatch.delenv("REQUIRE_SERVICES", raising=False)
    assert chaos.possible(["one"]) == []
    assert capsys.readouterr().err == "left out: one, which needs nft\n"
    monkeypatch.setenv("REQUIRE_SERVICES", "1")
    with pytest.raises(SystemExit, match="one needs nft"):
        chaos.possible(["one"])


async def strike(world: World, chance: random.Random) -> None:
    """Do nothing: only what it lacks is asked for."""
