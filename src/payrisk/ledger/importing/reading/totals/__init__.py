"""What a file says of its own sums: control totals, total lines, and money that was not read."""
