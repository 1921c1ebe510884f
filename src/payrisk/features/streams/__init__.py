"""Streams: what became known of whom and when, as running sums over sorted days."""
