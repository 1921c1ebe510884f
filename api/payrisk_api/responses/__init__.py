"""What an answer holds, field by field."""
