"""Commands that run the house: serve it, show it, measure it."""
