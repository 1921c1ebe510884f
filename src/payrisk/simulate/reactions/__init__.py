"""Reactions: what a reminder, a call or a plan would change of a payment, by its true cause."""
