"""Actors: background work with its own mailbox, under a supervisor."""
