"""Published forecasts: immutable snapshots, and the variance against what came."""
