"""Doors: who is let in, and what comes in by files and requests."""
