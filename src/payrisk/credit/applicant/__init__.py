"""Who asks: the application, its identifiers, and the account the customer has with us."""
