"""Your own wiring: a module for each part, with a `Container`; the template never writes here again."""
