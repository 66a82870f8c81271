from pathlib import Path

import pytest

from benchmarks.versions import packages
from tools.service import Service


def test_versions_are_read_from_the_environment(tmp_path: Path) -> None:
    folder = tmp_path / ".venv" / "lib" / "python3.13" / "site-packages"
    for name in ("aio_pika-10.2.1", "SQLAlchemy-2.1.9", "pip-26.0"):
        (folder / f"{name}.dist-info").mkdir(parents=True)

    found = packages(Service(tmp_path), "peer", "sqlalchemy", "aio-pika")

    assert found == {"peer: sqlalchemy": "2.1.9", "peer: aio-pika": "10.2.1"}


def test_what_is_not_installed_has_no_version(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="litestar"):
        packages(Service(tmp_path), "peer", "litestar")
