"""The jobs: each reads as a recipe and returns what it made."""
