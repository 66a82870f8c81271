"""Consuming: deliveries are handled in batches, acked, retried up a ladder of delays, or parked."""
