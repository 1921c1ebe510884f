"""Holdouts: customers left alone by lot, so that what asking changes can be told at all."""
