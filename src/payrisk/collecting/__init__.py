"""Whom to act on: what was done and promised, whom to call today, its worth, and if it helped."""
