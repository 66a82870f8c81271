"""The drills of `deploy/server`: nginx and its scripts."""
