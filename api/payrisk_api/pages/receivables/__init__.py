"""Receivables: the pages of where we stand."""
