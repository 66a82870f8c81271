"""How each broker is made from the settings, a module for each."""
