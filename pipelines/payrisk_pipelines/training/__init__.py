"""Training: fit, judge, ship and reproduce a version; a month in one command."""
