"""Vouching: whether what is kept is what was written, in the store and beside it."""
