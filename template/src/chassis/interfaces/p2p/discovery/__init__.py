"""How peers learn each other's addresses."""
