"""Customers not worth keeping: what a year with each earns and costs, and what would change it."""
