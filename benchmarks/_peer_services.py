"""Peers that score one row, each written as its documentation does; run by the peer's own Python.

Nothing of payrisk is imported here: each peer has an environment of its own.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

BENTO = """
import bentoml, lightgbm, numpy

@bentoml.service(workers=1)
class Score:
    def __init__(self) -> None:
        self.booster = lightgbm.Booster(model_file={model!r})

    @bentoml.api
    def score(self, row: dict[str, float]) -> dict[str, float]:
        values = numpy.array([list(row.values())])
        return {{"score": float(self.booster.predict(values, num_threads=1)[0])}}
"""


def bentoml(folder: Path, port: int) -> None:
    """One worker of BentoML, its sync API."""
    (folder / "bento_score.py").write_text(BENTO.format(model=str(folder / "model.lgb")))
    os.chdir(folder)
    here = ["--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "bentoml", "serve", "bento_score:Score", *here]
    os.execv(sys.executable, command)


def mlserver(folder: Path, port: int) -> None:
    """MLServer with its own runtime for LightGBM, in one process."""
    place = folder / "mlserver"
    place.mkdir()
    ports = {"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2}
    settings = {"host": "127.0.0.1", "parallel_workers": 0, **ports}
    model = {
        "name": "score",
        "implementation": "mlserver_lightgbm.LightGBMModel",
        "parameters": {"uri": str(folder / "model.lgb"), "version": "1"},
    }
    (place / "settings.json").write_text(json.dumps(settings))
    (place / "model-settings.json").write_text(json.dumps(model))
    program = str(Path(sys.executable).with_name("mlserver"))
    os.execv(program, [program, "start", str(place)])


def ray(folder: Path, port: int) -> None:
    """One replica of Ray Serve."""
    core: Any = importlib.import_module("ray")
    serve: Any = importlib.import_module("ray.serve")
    lightgbm, numpy = importlib.import_module("lightgbm"), importlib.import_module("numpy")
    model = str(folder / "model.lgb")

    @serve.deployment(num_replicas=1, ray_actor_options={"num_cpus": 0.1})
    class Score:
        """The model in a replica."""

        def __init__(self) -> None:
            self.booster = lightgbm.Booster(model_file=model)

        async def __call__(self, request: Any) -> dict[str, float]:
            """Score a row."""
            row = await request.json()
            values = numpy.array([list(row.values())])
            return {"score": float(self.booster.predict(values, num_threads=1)[0])}

    core.init(num_cpus=2, include_dashboard=False, object_store_memory=80_000_000)
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    deployment: Any = Score
    serve.run(deployment.bind(), route_prefix="/score")
    while True:
        time.sleep(60)


PEERS = {"bentoml": bentoml, "mlserver": mlserver, "ray": ray}


def main() -> None:
    """Serve one of them until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=list(PEERS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    given = parser.parse_args()
    sys.path.pop(0)  # this folder has modules of other names than the peer's
    PEERS[given.peer](given.folder, given.port)


if __name__ == "__main__":
    main()
