"""Actors: what works beside the servers, each through its own mailbox, under a supervisor."""
