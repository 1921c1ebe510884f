"""The money of an account day by day: balance, what comes and goes, the chance to run short."""
