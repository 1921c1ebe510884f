"""Behaviour: who buys, pays late, disputes or fails, and why."""
