"""Cash: what will come and how sure it is, what was published of it, and what if."""
