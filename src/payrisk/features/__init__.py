"""What was known of a customer or an invoice at an as_of, as numbers a model can use."""
