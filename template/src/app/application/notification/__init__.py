"""The notification aggregate's messages and use cases."""
