"""Proposing: overrides that wait for a second person, kept and vouched for like decisions."""
