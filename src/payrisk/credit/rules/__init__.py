"""The house's rules as data, the limit they give, and the decision they end in."""
