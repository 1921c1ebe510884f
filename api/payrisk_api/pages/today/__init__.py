"""Today: the pages of what needs a person this morning, and the tour."""
