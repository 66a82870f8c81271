"""The notification on the command line."""
