"""Backups of large databases, restores of all servers, of a point in time, and of old states."""
