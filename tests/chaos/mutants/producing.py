"""Producers that are broken: between the caller and the broker."""

from tests.chaos.mutants.mutant import Change, Mutant

MUTANTS = (
    Mutant(
        "answered before the commit",
        (
            Change(
                "chassis/application/commands/batcher.py",
                "        return await self.ask(command, _weight(command.envelopes))\n",
                "        weight = _weight(command.envelopes)\n"
                "        asyncio.get_running_loop().create_task(self.ask(command, weight))\n"
                "        return command.ids\n",
            ),
        ),
        ("postgresql stopped", "producer killed"),
        ("lost",),
    ),
    Mutant(
        "keys that are not remembered",
        (
            Change(
                "chassis/infrastructure/database/idempotency/idempotency.py",
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
                "chassis/infrastructure/database/outbox/outbox.py",
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
                "chassis/infrastructure/rabbitmq/sender.py",
                "        confirmed, loss = batch.confirmed(), batch.loss()\n",
                "        confirmed, loss = [True] * len(outgoing), None\n",
            ),
        ),
        ("rabbitmq killed", "rabbitmq frozen"),
        ("lost", "never delivered"),
    ),
    Mutant(
        "a batch that is confirmed as a whole",
        (
            Change(
                "chassis/application/relay.py",
                "            claim.confirmed = await self._publisher.publish(claim.envelopes)\n",
                "            await self._publisher.publish(claim.envelopes)\n"
                "            claim.confirmed = {each.id for each in claim.envelopes}\n",
            ),
        ),
        ("rabbitmq refuses keys",),
        ("lost", "never delivered"),
    ),
    Mutant(
        "rows under a lease that are deleted unconfirmed",
        (
            Change(
                "chassis/infrastructure/database/outbox/lease_claims.py",
                "        if confirmed := [each for each in taken if each.envelope.id in "
                "claim.confirmed]:\n",
                "        if confirmed := taken:\n",
            ),
        ),
        ("rabbitmq refuses keys",),
        ("lost", "never delivered"),
    ),
    Mutant(
        "rows of the table that are deleted unconfirmed",
        (
            Change(
                "chassis/infrastructure/database/outbox/table_claims.py",
                "await self._forget(connection, [r for r in rows if r.id in claim.confirmed])",
                "await self._forget(connection, rows)",
            ),
        ),
        # Long enough for what was refused to be found in the table.
        ("rabbitmq refuses keys", "rabbitmq stopped"),
        ("lost", "never delivered"),
    ),
    Mutant(
        "refused messages that count as confirmed",
        (
            Change(
                "chassis/infrastructure/rabbitmq/isolation.py",
                "                    isolated.refused[left[0]] = str(loss)\n",
                "                    isolated.confirmed.add(left[0])\n",
            ),
        ),
        ("rabbitmq refuses keys",),
        ("lost", "never delivered"),
    ),
    Mutant(
        "one key twice in a batch",
        (
            Change(
                "chassis/application/commands/batcher.py",
                "(first[each.key] is each and each.key not in earlier)",
                "each.key not in earlier",
            ),
        ),
        ("redis emptied",),
        ("doubled",),
    ),
    Mutant(
        "nacks that count as confirms",
        (
            Change(
                "chassis/infrastructure/rabbitmq/upstream/batch.py",
                "self._confirmed.append(not confirm.cancel() and confirm.exception() is None)",
                "self._confirmed.append(not confirm.cancel())",
            ),
        ),
        tests=(
            "tests/chassis/integration/rabbitmq/test_batch.py::test_what_a_full_queue_rejects_is_not_kept",
        ),
    ),
    Mutant(
        "a relay that nothing wakes",
        (
            Change(
                "chassis/application/commands/batcher.py",
                "            await self._signal.notify()\n",
                "            assert self._signal\n",
            ),
        ),
        tests=("tests/chassis/unit/application/commands/test_batcher.py",),
    ),
)
