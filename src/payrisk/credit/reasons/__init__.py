"""Reasons: the fixed words a decision may give, of the policy and of the model."""
