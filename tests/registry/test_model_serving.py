"""`mlflow models serve -m models:/NAME@champion` as a process says what our bundle says."""

from __future__ import annotations

import json
import urllib.request

import numpy as np
import pytest

from mlflowprocess import mlflow
from mlflowstore import fresh_home, registry_of
from payrisk import bundle


@pytest.mark.parametrize("name", ["days-to-pay", "default-risk"])
def test_the_champion_is_served_with_the_same_numbers(name, candidates, tmp_path):
    settings = fresh_home(tmp_path / "home")
    candidate = candidates[name]
    registry = registry_of(settings.home)
    registry.set_alias(name, "champion", candidate.register(registry).version)
    ours = bundle.load(registry.bundle_of(name, "champion"), trial_seconds=0).model
    rows = candidate.example.head(7)
    body = {"dataframe_split": json.loads(rows.to_json(orient="split", double_precision=15))}
    words = ["models", "serve", "-m", f"models:/{name}@champion", "--env-manager", "local"]
    told = {"MLFLOW_TRACKING_URI": settings.mlflow_uri}
    with mlflow(*words, path="/ping", log=tmp_path / "log", env=told) as address:
        request = urllib.request.Request(
            f"{address}/invocations",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            served = json.loads(answer.read())["predictions"]
    column = "probability_paid_by" if name == "days-to-pay" else "probability"
    expected = ours.predict(rows)
    assert len(served) == len(expected) == 7
    for one, said in zip(served, expected, strict=True):
        assert np.abs(np.asarray(one[column]) - np.asarray(said)).max() <= 1e-12
