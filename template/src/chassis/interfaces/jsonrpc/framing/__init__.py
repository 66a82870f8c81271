"""How messages are cut out of received data, and joined to be sent."""
