"""Durable: what a failing disk and a power cut leave of what was acknowledged."""
