"""Drill: exchange patterns on a real broker, with an independent client."""
