"""What the fitted model of days to pay says: a payment curve an invoice, with reasons."""
