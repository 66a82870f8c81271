"""The outbox: written in a use case's transaction, read by the relay."""
