"""The worklist: whom to act on this morning, by what it is worth, and why not the others."""
