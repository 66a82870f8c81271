"""The wiring of the notification."""
