"""Fitting the model of known customers' default on past mornings."""
