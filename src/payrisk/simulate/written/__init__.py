"""What is written down of it: documents, events and facts, as a company's books hold them."""
