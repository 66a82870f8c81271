"""The faults of a cluster, by name."""

from collections.abc import Mapping

from tests.chaos.cluster import members, partitions, rollouts
from tests.chaos.fault import Fault

MODULES = (members, partitions, rollouts)

FAULTS: Mapping[str, Fault] = {fault.name: fault for module in MODULES for fault in module.FAULTS}
