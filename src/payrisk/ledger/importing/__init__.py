"""Files become facts: read, matched with what is known, merged into the ledger."""
