"""Delayed events: committed with their use case, published at their time."""
