"""The truth beside the ledger: exact payment curves and what caused each delay."""
