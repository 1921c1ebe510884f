"""Measuring: outcomes, metrics, slices and how sure a difference is."""
