"""Versions: which one answers: found, promoted, rolled back, synced with MLflow."""
