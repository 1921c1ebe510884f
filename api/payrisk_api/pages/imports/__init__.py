"""Imports: the pages where a file becomes part of the ledger."""
