"""Models: their reasons, their features, their bytes, and what they must not say or run."""
