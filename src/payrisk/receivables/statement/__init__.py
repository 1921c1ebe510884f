"""The statement of a customer: what is open, how late, in dispute, on account; ten languages."""
