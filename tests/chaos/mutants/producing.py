"""Producers that are broken: between the caller and the broker."""

from tests.chaos.mutants.mutant import Change, Mutant

MUTANTS = (
    Mutant(
        "answered before the commit",
        (
            Change(
                "application/notification/registrar.py",
                "        return await self.ask(registration, weight)\n",
                "        asyncio.get_running_loop().create_task(self.ask(registration, weight))\n"
                "        return registration.ids\n",
            ),
        ),
        ("postgresql stopped", "producer killed"),
        ("lost",),
    ),
    Mutant(
        "keys that are not remembered",
        (
            Change(
                "infrastructure/database/idempotency/idempotency.py",
                "        if not requests:\n            return {}\n",
                "        return {}\n",
            ),
        ),
        ("producer killed",),
        ("another id for the same key",),
    ),
    Mutant(
        "no outbox: published after the commit",
        (
            Change(
                "infrastructure/database/outbox/outbox.py",
                "        await self._transaction.insert(_ADD, rows)\n",
                "        assert rows\n",
            ),
        ),
        ("rabbitmq stopped", "producer killed"),
        ("lost", "never delivered"),
    ),
    Mutant(
        "published without confirms",
        (
            Change(
                "infrastructure/rabbitmq/sender.py",
                "        kept, loss = batch.kept(), batch.loss()\n",
                "        kept, loss = [True] * len(outgoing), None\n",
            ),
        ),
        ("rabbitmq killed", "rabbitmq frozen"),
        ("lost", "never delivered"),
    ),
)
