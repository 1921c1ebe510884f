"""How a model is fitted and judged: outcomes, splits, metrics, baselines, gates and its card."""
