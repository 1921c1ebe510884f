"""What it costs to score one row: ours beside what is usual; payrisk bench serving-engine.

One LightGBM model of 300 trees of 31 leaves on 40 columns, nothing cached, another row each
request. Every service is a process of its own with one worker; they are asked in turns.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import importlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _row_services import COLUMNS
from _running import say

HERE = Path(__file__).parent
OPEN_SECONDS = 300.0
ROWS = 4_096


class Contender(NamedTuple):
    """A service: its name, its path, what it is sent for a row, and where its score stands."""

    name: str
    path: str
    body: Callable[[dict[str, float]], Any]
    score: Callable[[Any], float | None]
    python: str = ""  # of its own environment; the house's where it is empty


CONTENDERS = (
    Contender("hello", "/score", lambda row: row, lambda _answer: None),
    Contender("ours", "/score", lambda row: row, lambda answer: float(answer["score"])),
    Contender("naive", "/score", lambda row: row, lambda answer: float(answer["score"])),
    Contender(
        "mlflow",
        "/invocations",
        lambda row: {"dataframe_records": [row]},
        lambda answer: float(answer["predictions"][0]),
    ),
)


PEERS = {
    "bentoml": Contender(
        "bentoml", "/score", lambda row: {"row": row}, lambda answer: float(answer["score"])
    ),
    "mlserver": Contender(
        "mlserver",
        "/v2/models/score/infer",
        lambda row: {"inputs": [_tensor(row)]},
        lambda answer: float(answer["outputs"][0]["data"][0]),
    ),
    "ray": Contender("ray", "/score", lambda row: row, lambda answer: float(answer["score"])),
}
"""Those that run by a Python of their own, see `_peer_services`."""
QUIET = {"BENTOML_DO_NOT_TRACK": "True", "RAY_USAGE_STATS_ENABLED": "0"}
"""No peer tells its maker what is done here."""


def _tensor(row: dict[str, float]) -> dict[str, Any]:
    values = [list(row.values())]
    return {"name": "row", "shape": [1, len(row)], "datatype": "FP64", "data": values}


def make_models(folder: Path, seed: int) -> dict[str, list[float]]:
    """Fit the model and write it as each service reads it; the rows and their scores."""
    import lightgbm
    import mlflow
    import pandas as pd

    generator = np.random.default_rng(seed)
    table = pd.DataFrame(generator.normal(size=(8_000, len(COLUMNS))), columns=COLUMNS)
    log_odds = table["c0"] + table["c1"] * table["c2"] - np.abs(table["c3"])
    label = (generator.random(len(table)) < 1 / (1 + np.exp(-log_odds))).astype(int)
    model = lightgbm.LGBMClassifier(n_estimators=300, num_leaves=31, n_jobs=1, verbose=-1)
    model.fit(table, label)
    model.booster_.save_model(str(folder / "model.lgb"))
    joblib = importlib.import_module("joblib")  # comes with scikit-learn
    joblib.dump(model, folder / "model.joblib")
    booster = lightgbm.Booster(model_file=str(folder / "model.lgb"))
    mlflow.lightgbm.save_model(booster, str(folder / "mlflow"), input_example=table.head(2))
    rows = generator.normal(size=(ROWS, len(COLUMNS)))
    scores = booster.predict(rows, num_threads=1)
    return {"rows": rows.tolist(), "scores": np.asarray(scores).tolist()}


class RowService:
    """A contender as a process, watched while it answers."""

    def __init__(self, contender: Contender, folder: Path) -> None:
        """Start it and wait until it listens."""
        self.contender = contender
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        program = [sys.executable, str(HERE / "_row_services.py"), contender.name, str(folder)]
        command = [*program, str(port)]
        if contender.name == "mlflow":
            served = ["-m", str(folder / "mlflow"), "--env-manager", "local", "-p", str(port)]
            command = [sys.executable, "-m", "mlflow", "models", "serve", *served, "-w", "1"]
        if contender.python:
            of_peer = [str(HERE / "_peer_services.py"), contender.name, str(folder), str(port)]
            command = [contender.python, *of_peer]
        near = str(Path(sys.executable).parent)
        env = os.environ | QUIET | {"OMP_NUM_THREADS": "1", "PATH": f"{near}:{os.environ['PATH']}"}
        began = time.perf_counter()
        with (folder / f"{contender.name}.log").open("w") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=env)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            try:
                self.ask(dict.fromkeys(COLUMNS, 0.0))
                break
            except (OSError, http.client.HTTPException, SystemExit):
                self._connection.close()
                if self._process.poll() is not None or time.perf_counter() - began > OPEN_SECONDS:
                    raise SystemExit(f"{contender.name} did not come up: {log.name}") from None
                time.sleep(0.1)
        self.started_cpu_s = self.cpu_us() / 1e6

    def ask(self, row: dict[str, float]) -> float | None:
        """The score of a row; raises SystemExit where there is none."""
        content = json.dumps(self.contender.body(row))
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", self.contender.path, content, headers)
        answer = self._connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{self.contender.name}: {answer.status} {told[:300].decode()}")
        return self.contender.score(json.loads(told))

    def connect_anew(self) -> None:
        """Open a connection: some services close one that was quiet for seconds."""
        self._connection.close()

    def cpu_us(self) -> float:
        """CPU of all threads of the process and those below it, as the scheduler counted it."""
        return sum(_cpu_ns(pid) for pid in _tree(self._process.pid)) / 1_000

    def memory_mb(self) -> float:
        """What the processes hold of memory, shared pages by their share."""
        return sum(_pss_kb(pid) for pid in _tree(self._process.pid)) / 1_024

    def stop(self) -> None:
        """End it and what it started."""
        for pid in reversed(list(_tree(self._process.pid))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 15)
        self._process.wait(60)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            yield from _tree(int(child))


def _cpu_ns(pid: int) -> int:
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks)


def _pss_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def measured(
    services: list[RowService], asked: dict[str, list[Any]], rounds: int, each: int
) -> Iterator[dict[str, Any]]:
    """CPU of a request of each service: medians of interleaved rounds with their range."""
    costs: dict[str, list[float]] = {service.contender.name: [] for service in services}
    n_equal = dict.fromkeys(costs, 0)
    nth = 0
    for turn in range(-1, rounds):
        say(f"round {turn + 1} of {rounds} ...")
        for service in services:
            service.connect_anew()
            before = service.cpu_us()
            for step in range(each):
                place = (nth + step) % ROWS
                row = dict(zip(COLUMNS, asked["rows"][place], strict=True))
                n_equal[service.contender.name] += service.ask(row) == asked["scores"][place]
            if turn >= 0:  # the first warms them
                costs[service.contender.name].append((service.cpu_us() - before) / each)
        nth += each
    ours = statistics.median(costs["ours"])
    for service in services:
        own = sorted(costs[service.contender.name])
        yield {
            "service": service.contender.name,
            "cpu_us": statistics.median(own),
            "cpu_us_low": own[0],
            "cpu_us_high": own[-1],
            "times_ours": statistics.median(own) / ours,
            "started_cpu_s": service.started_cpu_s,
            "memory_mb": service.memory_mb(),
            "share_equal": n_equal[service.contender.name] / (each * (rounds + 1)),
        }


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--each", type=int, default=100, help="requests of a service in a round")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=PYTHON",
        help=f"one of {', '.join(PEERS)}, and the Python of an environment that has it",
    )
    given = parser.parse_args()
    peers = [
        PEERS[name]._replace(python=python)
        for name, _, python in (peer.partition("=") for peer in given.peer)
    ]
    services: list[RowService] = []
    with tempfile.TemporaryDirectory() as folder:
        say("fitting the model ...")
        asked = make_models(Path(folder), given.seed)
        try:
            services.extend(RowService(each, Path(folder)) for each in (*CONTENDERS, *peers))
            rows = list(measured(services, asked, given.rounds, given.each))
        finally:
            for service in services:
                service.stop()
    if given.json:
        print(json.dumps(rows))
        return
    print(
        f"{'CPU µs a request':<18}{'median':>10}{'range of rounds':>20}{'× ours':>9}"
        f"{'start, CPU s':>14}{'MB':>7}{'bits equal':>12}"
    )
    for row in rows:
        span = f"{row['cpu_us_low']:,.0f}–{row['cpu_us_high']:,.0f}"
        print(
            f"{row['service']:<18}{row['cpu_us']:>10,.0f}{span:>20}{row['times_ours']:>9.2f}"
            f"{row['started_cpu_s']:>14.1f}{row['memory_mb']:>7.0f}{row['share_equal']:>12.0%}"
        )


if __name__ == "__main__":
    main()
