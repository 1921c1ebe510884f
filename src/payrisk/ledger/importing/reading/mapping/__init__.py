"""Mapping: what TOML may say of a section and its fields, and which variant fits a file."""
