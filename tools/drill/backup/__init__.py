"""Backups of large databases, restores of all servers and of a point in time."""
