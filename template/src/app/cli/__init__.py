"""Commands of the service, in addition to those of the chassis."""
