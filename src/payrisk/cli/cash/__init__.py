"""Commands on cash: when invoices are paid, forecasts, what if."""
