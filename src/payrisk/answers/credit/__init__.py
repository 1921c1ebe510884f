"""Answers to credit: who will default, and decisions prepared."""
