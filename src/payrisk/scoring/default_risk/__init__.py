"""What the fitted model of known customers says: the chance of default, with reasons."""
