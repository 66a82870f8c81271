"""Drill: calls of remote jobs, while a worker is killed."""
