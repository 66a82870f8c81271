"""The attacks on a running service, and what each of them leaves behind."""
