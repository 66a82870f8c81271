"""Migrations: where they are, how far a database is, and how to move it."""
