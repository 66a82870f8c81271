"""What keeps the project going, beside the service itself."""
