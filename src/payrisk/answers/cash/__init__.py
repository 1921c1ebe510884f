"""Answers to treasury: receipts to come, published forecasts, what came instead."""
