"""Fitting the prior of customers hardly known: which attributes are read, and how far trusted."""
