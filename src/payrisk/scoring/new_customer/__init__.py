"""What the fitted model of applicants says: the chance of default from the application alone."""
