from chassis.bootstrap import open_files
from tests.chassis.few_files import few_files


def test_as_many_are_allowed_as_the_system_does() -> None:
    with few_files(1000) as most:
        assert open_files.limit() == 1000
        raised = open_files.raise_limit()

        assert raised == open_files.limit()
        assert 1000 < raised <= open_files.MOST
        if 0 <= most <= open_files.MOST:
            assert raised == most


def test_what_is_allowed_already_is_left_alone() -> None:
    open_files.raise_limit()
    before = open_files.limit()

    assert open_files.raise_limit() == before
