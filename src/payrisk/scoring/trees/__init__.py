"""Boosted trees read from LightGBM's text: their paths, and what each input adds along them."""
