"""Pages for people: plain HTML, nothing from elsewhere, no script."""
