"""Papers of a run: charts, pages and tables kept with the model."""
