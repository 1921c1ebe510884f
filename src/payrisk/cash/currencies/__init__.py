"""The currency that arrives: in which one invoices are paid, and the cash of each."""
