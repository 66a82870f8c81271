"""REST, event streams and WebSockets, on Litestar; one folder for each aggregate's routes."""
