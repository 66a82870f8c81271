"""The domain of the service, in pure Python: entities, values and their rules."""
