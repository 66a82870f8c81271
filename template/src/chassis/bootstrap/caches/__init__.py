"""How each cache, and the wake-ups beside it, are made from the settings, a module for each."""
