"""The made-up world: its calendar, economy, company, applicants and random streams."""
