"""The hot paths of the service in one process, for an instruction counter."""
