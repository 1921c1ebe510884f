"""Whether the models still fit the world: drift of inputs, predictions and outcomes, in time."""
