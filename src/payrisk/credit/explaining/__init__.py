"""Explaining: a decision told to people, and a policy read aloud."""
