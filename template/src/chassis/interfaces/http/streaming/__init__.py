"""The stream of events over HTTP: server-sent events, and WebSocket on the same path."""
