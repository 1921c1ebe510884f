"""Trees and a linear model of default that read every feature of behaviour, learned from noise."""

from __future__ import annotations

from functools import cache

import numpy as np

from payrisk.features.catalogue.all import DEFINED
from payrisk.learning.default_risk.fit import BEHAVIOUR
from payrisk.learning.fit_logistic import fit_linear


@cache
def from_noise():
    generator = np.random.default_rng(4)
    signs = [DEFINED[name].direction for name in BEHAVIOUR]
    values = np.exp(generator.normal(size=(600, len(BEHAVIOUR))))
    bad = generator.random(600) < 1 / (1 + np.exp(4 - values[:, -9:].sum(axis=1) / 4))
    import lightgbm

    rules = {"objective": "binary", "monotone_constraints": signs, "verbose": -1}
    rules |= {"num_threads": 1, "num_leaves": 7, "deterministic": True, "seed": 1}
    trees = lightgbm.train(rules, lightgbm.Dataset(values, bad.astype(float)), 20)
    linear = fit_linear(values, bad, signs, 0.05)
    return trees.model_to_string(), linear
