"""Weighing: red flags, causes, the limit granted, orders released, expected profit."""
