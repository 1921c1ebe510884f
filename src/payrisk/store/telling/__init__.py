"""Telling others what was kept: the chain in its order is the outbox."""
