import pytest

from chassis.bootstrap import discovery, open_files
from chassis.bootstrap.limits import RESERVED, limits_of, shortage
from chassis.bootstrap.settings import CoreSettings
from tests.chassis.few_files import few_files

SETTINGS = CoreSettings(max_connections=500)


@pytest.fixture
def servers() -> int:
    return len(discovery.server_names())


def test_as_many_connections_are_let_in_as_the_setting_says(servers: int) -> None:
    with few_files(500 * servers + RESERVED):
        assert limits_of(SETTINGS).connections == 500
        assert not shortage(SETTINGS)


def test_where_fewer_files_may_be_open_each_server_has_its_share(servers: int) -> None:
    with few_files(400 * servers + RESERVED):
        assert limits_of(SETTINGS).connections == 400
        advice = shortage(SETTINGS)

    assert f"allow {500 * servers + RESERVED} " in advice
    assert "set MAX_CONNECTIONS to 400" in advice


def test_one_is_let_in_however_few_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_files, "limit", lambda: 64)

    assert limits_of(SETTINGS).connections == 1
