"""Judging: promises, gates, challenges of the champion, and the card that tells the verdict."""
