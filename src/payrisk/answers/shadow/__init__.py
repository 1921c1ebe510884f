"""Candidates that score beside the champions without answering anyone."""
