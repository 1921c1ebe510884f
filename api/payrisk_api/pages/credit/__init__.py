"""Credit: what waits, who asks, what was decided and why, and what a person decides instead."""
