"""Ledgers on disk: Parquet named by its content, whole or in partitions."""
