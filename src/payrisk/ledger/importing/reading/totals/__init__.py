"""What a file says of its own sums: total lines, totals it states, and money that was not read."""
