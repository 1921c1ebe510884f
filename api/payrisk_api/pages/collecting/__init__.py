"""Collecting: the pages of whom to call today, what was said, and what came of it."""
