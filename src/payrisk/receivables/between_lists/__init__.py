"""Between two lists of open items: on which days what vanished from them was likely paid."""
