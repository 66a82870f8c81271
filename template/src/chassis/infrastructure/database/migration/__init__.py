"""Migrations: their folder, the revision of a database, and the moves between revisions."""
