"""gRPC: a service for each aggregate, all of them behind one interceptor."""
