import pytest

from chassis.application.version import Version, under_all_versions, versions


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


def test_the_versions_of_an_event_are_those_of_its_name() -> None:
    kinds = ["a.v1", "a.v2", "ab.v1", "a", "b.v1"]

    assert versions("a.v2", kinds) == {"a.v1", "a.v2"}
    assert versions("b.v1", kinds) == {"b.v1"}
    # One that names no version is alone.
    assert versions("a", kinds) == {"a"}


def test_a_line_stands_under_all_versions_that_upcasters_name() -> None:
    table = {"a.v3": "A", "b.v1": "B", "c": "C"}
    upcasters = [{"a.v1": int, "a.v2": int}, {"other.v1": int}]

    assert under_all_versions(table, upcasters) == {
        "a.v1": "A",
        "a.v2": "A",
        "a.v3": "A",
        "b.v1": "B",
        "c": "C",
    }


def test_a_line_under_an_older_version_stands_under_the_newest_too() -> None:
    assert under_all_versions({"a.v1": "A"}, [{"a.v1": int}]) == {"a.v1": "A", "a.v2": "A"}


def test_a_version_with_a_line_of_its_own_keeps_it() -> None:
    found = under_all_versions({"a.v1": "old", "a.v2": "new"}, [{"a.v1": int}])

    assert found == {"a.v1": "old", "a.v2": "new"}
