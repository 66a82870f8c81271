"""Events that are older than the journal keeps any."""

from datetime import timedelta
from pathlib import Path

from app.application.notification.mapping import to_event
from tests.harness import Service
from tests.unit.support import make_notification


async def test_what_the_journal_may_have_forgotten_is_not_ingested_again(tmp_path: Path) -> None:
    async with Service.running(tmp_path, JOURNAL_RETENTION="3600") as service:
        core = service.system.core
        old = make_notification(core.clock()() - timedelta(hours=2))
        await service.deliver(core.codec().encode(to_event(old)))

        [dead_letter] = await service.failed()
        assert "lies before the retention" in dead_letter.reason
        assert await service.stored() == []
