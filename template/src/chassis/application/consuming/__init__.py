"""Consuming: deliveries are handled in batches, acked, retried or dead-lettered."""
