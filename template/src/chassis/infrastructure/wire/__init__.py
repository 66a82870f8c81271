"""The wire form of events, shared by all brokers."""
