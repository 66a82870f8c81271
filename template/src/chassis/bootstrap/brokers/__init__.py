"""The factories of brokers: a module for each broker."""
