"""Drill: delayed events, while the service restarts."""
