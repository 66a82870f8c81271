"""Your own wiring: a module for each part, with a `Container`; no update changes this folder."""
