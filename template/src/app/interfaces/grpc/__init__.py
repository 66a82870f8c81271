"""gRPC services, a package for each aggregate."""
