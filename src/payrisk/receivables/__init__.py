"""Where we stand: aging, DSO and its family, as the books stood on one evening."""
