"""Fitting the model of days to pay, and the simple methods it is shown beside."""
