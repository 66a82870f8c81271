"""The notification aggregate: an event that a receiver should know about."""
