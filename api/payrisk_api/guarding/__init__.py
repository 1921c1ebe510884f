"""Who comes in: sessions of pages, what a key may ask in a minute, reads that name persons."""
