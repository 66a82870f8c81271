"""The journal: what was received, in the order in which it was stored."""
