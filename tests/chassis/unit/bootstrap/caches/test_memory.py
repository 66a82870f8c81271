import pytest

from chassis.bootstrap.caches import memory
from chassis.bootstrap.settings import CoreSettings


@pytest.mark.parametrize(
    ("database_url", "kept"),
    (
        ("sqlite+aiosqlite:///var/app.db", b"1"),
        # Another replica may change what is stored there, and this process would not hear of it.
        ("postgresql+asyncpg://localhost/app", None),
    ),
)
async def test_it_keeps_only_what_no_other_process_changes(
    database_url: str, kept: bytes | None
) -> None:
    cache = memory.cache(CoreSettings(database_url=database_url))

    await cache.put("a", b"1")
    await cache.fill({"b": b"1"})

    assert await cache.get("a") == kept
    assert await cache.get("b") == kept
