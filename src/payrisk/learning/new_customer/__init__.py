"""Fitting the model of applicants on past applications and what became of them."""
