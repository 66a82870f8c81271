"""What the service is about, in pure Python: entities, values and their rules."""
