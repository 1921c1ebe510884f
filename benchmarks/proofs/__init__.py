"""Proofs: probes of what payrisk promises, each tried on a broken twin as well, and one table."""
