"""What the service does: use cases, the ports they need, and the loops that carry messages."""
