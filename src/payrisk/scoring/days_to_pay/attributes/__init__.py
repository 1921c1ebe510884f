"""What attributes of a customer and facts of its invoice say where its own past says little."""
