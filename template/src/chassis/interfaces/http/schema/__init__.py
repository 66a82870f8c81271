"""The pages at `/schema`, which load nothing from other hosts."""
