"""The forecast: expected cash to the cent, and joint draws of when it arrives."""
