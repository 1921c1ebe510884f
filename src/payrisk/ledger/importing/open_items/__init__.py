"""Open items: lists of balances, and the facts that follow from one and the next."""
