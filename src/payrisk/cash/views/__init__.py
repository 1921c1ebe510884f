"""Views of a forecast: people's dates, scenarios, currencies, liquidity."""
