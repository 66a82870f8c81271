"""Consumers that are broken: between the broker and the journal."""

from tests.chaos.mutants.mutant import Change, Mutant

MUTANTS = (
    Mutant(
        "acked before the commit",
        (
            Change(
                "chassis/application/consuming/consumer.py",
                "            handled = await self._handle_events(",
                "            await self._subscription.ack([delivery for delivery, _ in pairs])\n"
                "            handled = await self._handle_events(",
            ),
            Change(
                "chassis/application/consuming/consumer.py",
                "        await self._subscription.ack(done)\n",
                "",
            ),
        ),
        ("postgresql stopped", "consumer killed"),
        ("lost", "never delivered"),
    ),
    Mutant(
        "deliveries that are not known again",
        (
            Change(
                "chassis/infrastructure/database/journal/journal.py",
                "replace(_APPEND_NEW, only_new=True)",
                "replace(_APPEND_NEW)",
            ),
        ),
        ("consumer killed", "rabbitmq killed"),
        ("dead-lettered by mistake", "left over", "lost", "never delivered"),
    ),
    Mutant(
        "a queue that goes with its consumers",
        (
            Change(
                "chassis/infrastructure/rabbitmq/topology.py",
                "arguments = KEPT_FOR_EVER | (SINGLE_ACTIVE if self.partitions else {})",
                'arguments = {"x-queue-type": "classic"}',
            ),
            Change(
                "chassis/infrastructure/rabbitmq/declaring.py",
                "        await channel.declare_queue(row.name, durable=True,",
                '        auto = arguments.get("x-queue-type") == "classic"\n'
                "        await channel.declare_queue(row.name, durable=True, auto_delete=auto,",
            ),
        ),
        ("postgresql stopped", "consumer killed"),
        ("lost", "never delivered", "left over"),
    ),
    Mutant(
        "a queue that is not durable",
        (
            Change(
                "chassis/infrastructure/rabbitmq/topology.py",
                "arguments = KEPT_FOR_EVER | (SINGLE_ACTIVE if self.partitions else {})",
                'arguments = {"x-queue-type": "classic"}',
            ),
            Change(
                "chassis/infrastructure/rabbitmq/declaring.py",
                "        await channel.declare_queue(row.name, durable=True,",
                '        is_durable = arguments.get("x-queue-type") != "classic"\n'
                "        await channel.declare_queue(row.name, durable=is_durable,",
            ),
        ),
        ("rabbitmq killed", "consumer frozen"),
        ("lost", "never delivered", "left over"),
    ),
    Mutant(
        "a queue that drops what comes back",
        (
            Change(
                "chassis/infrastructure/rabbitmq/rows.py",
                '"x-delivery-limit": -1}',
                '"x-delivery-limit": 0}',
            ),
        ),
        ("postgresql stopped",),
        ("lost", "never delivered"),
    ),
    Mutant(
        "given back by an ack",
        (
            Change(
                "chassis/infrastructure/rabbitmq/consumer.py",
                "[*tags, *(tag for tag, _ in buffered)], self._protocol.basic_nack)",
                "[*tags, *(tag for tag, _ in buffered)], self._protocol.basic_ack)",
            ),
        ),
        ("postgresql stopped",),
        ("lost", "never delivered"),
    ),
    Mutant(
        "rejected and acked before the confirm",
        (
            Change(
                "chassis/infrastructure/rabbitmq/subscription.py",
                "        tags = [rejection.delivery.tag for rejection in moved.confirmed]\n",
                "        tags = [rejection.delivery.tag for rejection, _ in held]\n",
            ),
        ),
        ("rabbitmq refuses retries and dead letters",),
        ("not dead-lettered", "lost", "never delivered"),
    ),
    Mutant(
        "attempts that are not counted",
        (
            Change(
                "chassis/infrastructure/rabbitmq/rejections.py",
                "{RETRY_REASON: _text(rejection.reason), **_written(rejection.failures)}",
                "{RETRY_REASON: _text(rejection.reason)}",
            ),
        ),
        tests=(
            "tests/chassis/integration/rabbitmq/test_retries.py::"
            "test_a_message_that_always_fails_is_tried_once_for_each_delay_and_once_more",
        ),
    ),
    Mutant(
        "an event from ahead that is dead-lettered at once",
        (
            Change(
                "chassis/application/consuming/ingest.py",
                "faults.append(Fault(event, str(error), may_pass=True))",
                "faults.append(Fault(event, str(error)))",
            ),
        ),
        tests=("tests/chassis/unit/application/consuming/test_ingest.py",),
    ),
    Mutant(
        "a batch that is split, and handled by half",
        (
            Change(
                "chassis/application/consuming/consumer.py",
                "        await self._handle(pairs[middle:])\n",
                "",
            ),
        ),
        tests=("tests/chassis/unit/application/consuming",),
    ),
)
