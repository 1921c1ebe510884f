"""Answers to whoever collects: what was recorded and promised, whom to call, what it is worth."""
