"""Commands of the service, beside those of the chassis."""
