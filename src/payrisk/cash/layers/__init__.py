"""Layers beside the open invoices: what is not issued yet, and the day the bank counts cash."""
