"""Models: the pages of what answers, how it was judged, and what else could."""
