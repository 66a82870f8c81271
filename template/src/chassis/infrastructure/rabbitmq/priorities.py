"""The priorities of a consumer in the partitions, so that replicas share them without an agreement.

In each partition the consumer with the highest priority is active. Each replica draws its own
priorities, so each is the highest in about as many partitions. When a replica comes, it takes over
its share, and when it goes, the others take over the rest (rendezvous hashing).
https://www.rabbitmq.com/docs/consumers#single-active-consumer
"""

import random
from collections.abc import Sequence

HIGHEST = 1_000_000


def priorities(queues: Sequence[str]) -> dict[str, int]:
    """Return a priority for each queue; 0, the default, if there is only one."""
    if len(queues) == 1:
        return {queues[0]: 0}
    chance = random.SystemRandom()
    return {queue: chance.randint(1, HIGHEST) for queue in queues}
