"""The notification over gRPC."""
