"""What runs in the rendered service's own environment: the targets, and what drives them."""
