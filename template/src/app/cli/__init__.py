"""Commands of the service, next to those of the chassis."""
