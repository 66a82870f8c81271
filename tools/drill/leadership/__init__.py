"""Drill: the jobs of the leader, while leaders die and freeze."""
