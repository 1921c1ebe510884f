"""Deciding: policy applied to an application, overrides, and what else would have been decided."""
