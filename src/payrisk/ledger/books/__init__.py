"""The books: what was true on an evening: balances, settlement, reversals, defaults."""
