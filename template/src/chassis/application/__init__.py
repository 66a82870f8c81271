"""The parts of every service: the bus, the loops that carry messages, and their ports."""
