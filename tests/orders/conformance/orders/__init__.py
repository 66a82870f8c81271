"""The suite for a second aggregate: another shape, two event types, another subject."""
