"""The faults, by name; each sibling module has a tuple `FAULTS` of those on one kind of thing."""

from collections.abc import Mapping

from tests.chaos.fault import Fault
from tests.chaos.faults import clock, network, packets, processes, refusals, servers, storage

MODULES = (processes, servers, network, packets, storage, refusals, clock)

FAULTS: Mapping[str, Fault] = {fault.name: fault for module in MODULES for fault in module.FAULTS}
