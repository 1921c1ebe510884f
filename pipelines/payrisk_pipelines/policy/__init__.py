"""A credit policy replayed on past applications."""
