"""Programs that maintain the project, apart from the service itself."""
