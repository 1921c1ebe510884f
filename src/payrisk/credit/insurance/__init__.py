"""Credit insurance: what an insurer would pay of what is owed, and by when it is told what."""
