"""Pages for people: the same answers as the API's and the terminal's, written as HTML."""
