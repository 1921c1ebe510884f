"""Recording: calls, promises, disputes, plans and notes as they are kept and become facts."""
