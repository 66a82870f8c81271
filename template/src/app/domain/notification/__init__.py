"""The notification aggregate: something happened, and somebody should know."""
