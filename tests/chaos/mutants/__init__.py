"""The service broken on purpose, in ways that the checker has to find."""
