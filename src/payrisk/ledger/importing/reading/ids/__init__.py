"""Ids of a file: put right where they were ruined, and tied to what the ledger knows."""
