"""A ledger as others can learn from it: tables, tasks and the queries that label them."""
