"""Intervals: how sure a total is, learnt from how far past weeks missed."""
