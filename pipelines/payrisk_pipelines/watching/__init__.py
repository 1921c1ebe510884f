"""Watching: whether the champions still fit, as a report."""
