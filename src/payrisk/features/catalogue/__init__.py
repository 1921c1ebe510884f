"""The catalogue: every feature with its name, unit, sentence and formula."""
