"""The ports of the application, one Protocol a file; adapters implement them."""
