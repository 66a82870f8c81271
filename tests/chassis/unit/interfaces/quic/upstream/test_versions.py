"""A library whose internals are used has a version that was tested."""

from importlib.metadata import version

import pytest

from chassis.interfaces.quic.upstream import TESTED


@pytest.mark.parametrize(("library", "tested"), sorted(TESTED.items()))
def test_the_installed_version_was_tested(library: str, tested: str) -> None:
    found = version(library)

    assert f"{found}.".startswith(f"{tested}."), (
        f"{library} {found} is installed, but {tested} was tested. Read its changes, run the tests "
        "of this folder and of tests/chassis/integration/quic, then set the version in "
        "chassis.interfaces.quic.upstream/__init__.py"
    )
