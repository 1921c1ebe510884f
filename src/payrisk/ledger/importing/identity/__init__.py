"""Identity: which invoice, credit or customer a row of a file speaks of."""
