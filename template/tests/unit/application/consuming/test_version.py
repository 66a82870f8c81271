import pytest

from app.application.consuming.version import Version


def test_a_type_names_its_version() -> None:
    version = Version.read("notification.registered.v9")

    assert version == Version("notification.registered", 9)
    assert str(version) == "notification.registered.v9"
    assert str(version.next()) == "notification.registered.v10"


def test_the_last_part_alone_is_the_version() -> None:
    assert Version.read("a.v1.v2") == Version("a.v1", 2)


@pytest.mark.parametrize(
    "kind",
    ("", "a", "a.v", "a.v0", "a.v01", "a.v-1", "a.v1.", "a.v1\n", "a.v٣", ".v1", "av1", "a.V1"),
)
def test_what_names_no_version(kind: str) -> None:
    assert Version.read(kind) is None


def test_a_number_without_end_is_none() -> None:
    assert Version.read("a.v" + "9" * 100_000) is None
