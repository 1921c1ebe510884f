"""Commands on the books: facts in, features out, aging and KPIs."""
