"""Durable jobs: messages that a use case commits, and that a worker handles later."""
