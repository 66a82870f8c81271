"""The newest fencing token of each lock."""
