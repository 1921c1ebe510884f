"""Backtests: the past scored as it was then, and candidates judged on it."""
