"""Locks among processes, for work that only one of them may do at a time."""
