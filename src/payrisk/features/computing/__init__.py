"""Computing: the features of many moments as one matrix of numbers."""
