"""What a request may hold, checked before anything is worked out."""
