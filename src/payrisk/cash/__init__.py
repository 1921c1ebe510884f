"""What cash will arrive: expected totals that add up, and how sure they are."""
