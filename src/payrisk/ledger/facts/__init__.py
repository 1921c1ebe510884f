"""Facts: what may stand in the books, the rules of each row, and the problems of the rest."""
