"""The HTTP door: strict questions in, durable answers out."""
