"""Services that score one row of 40 columns by one model, each the way it is usually written."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response

COLUMNS = [f"c{number}" for number in range(40)]


def hello(_folder: Path) -> FastAPI:
    """FastAPI and nothing else: what no service over it can be cheaper than."""
    app = FastAPI()

    @app.post("/score")
    async def score() -> dict[str, str]:
        return {"hello": "world"}

    return app


def ours(folder: Path) -> FastAPI:
    """A documented route as the service has them: a checked body, the trees by their C library."""
    from payrisk import bundle

    bundle.without_sklearn()
    import lightgbm
    import numpy as np

    from payrisk.files import json_bytes
    from payrisk.scoring.trees.asking import ask_trees

    booster = lightgbm.Booster(model_file=str(folder / "model.lgb"))
    app = FastAPI()

    @app.post("/score")
    async def score(row: dict[str, float]) -> Response:
        values = np.array([[row[name] for name in COLUMNS]])
        chance = float(ask_trees(booster, values, "chance")[0])
        return Response(json_bytes({"score": chance}), media_type="application/json")

    return app


def naive(folder: Path) -> FastAPI:
    """What most tutorials write: joblib, a frame of the body, predict_proba."""
    import pandas as pd

    joblib = importlib.import_module("joblib")  # comes with scikit-learn
    model = joblib.load(folder / "model.joblib")
    app = FastAPI()

    @app.post("/score")
    async def score(request: Request) -> dict[str, float]:
        frame = pd.DataFrame([await request.json()])
        return {"score": float(model.predict_proba(frame)[0, 1])}

    return app


SERVICES = {"hello": hello, "ours": ours, "naive": naive}


def main() -> None:
    """Serve one of them until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service", choices=list(SERVICES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    given = parser.parse_args()
    app = SERVICES[given.service](given.folder)
    uvicorn.run(app, host="127.0.0.1", port=given.port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
