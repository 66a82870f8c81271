"""Deal with the messages that this service received and could not take."""
