"""First calls from several processes and threads at once; a turn is free when its holder ends."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from payrisk.errors import ModelError
from payrisk.registry.connecting import mlflow_store_lock
from support.home.mlflow_store import registry_of

FIRST = """
import sys
from pathlib import Path
from support.home.mlflow_store import registry_of
registry = registry_of(Path(sys.argv[1]))
print(registry.run("days-to-pay", sys.argv[2], {"a": 1}, {"crps": 1.0}, {}))
"""


def test_a_fresh_store_is_made_once_by_two_processes(tmp_path):
    """MLflow alone: 'table experiments already exists', or half a schema."""
    home = tmp_path / "home"
    first = [sys.executable, "-c", FIRST, str(home)]
    folder = __file__.rpartition("/registry/")[0]
    begun = [
        subprocess.Popen(
            [*first, str(at)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder
        )
        for at in range(2)
    ]
    ended = [(*one.communicate(timeout=120), one.returncode) for one in begun]
    assert [(err, code) for _, err, code in ended] == [(b"", 0)] * 2
    registry = registry_of(home)
    experiment = registry._client.get_experiment_by_name("days-to-pay").experiment_id
    runs = registry._client.search_runs([experiment])
    assert {run.info.run_id for run in runs} == {out.decode().strip() for out, _, _ in ended}
    assert {run.data.metrics["crps"] for run in runs} == {1.0}


def test_threads_take_turns(tmp_path):
    inside, most = [], []

    def one() -> None:
        with mlflow_store_lock(tmp_path):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=one) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5


def test_a_turn_that_is_held_is_said_and_a_killed_holder_holds_nothing(tmp_path):
    hold = (
        "import sys, time; from pathlib import Path\n"
        "from payrisk.registry.connecting import mlflow_store_lock\n"
        "with mlflow_store_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    with (
        pytest.raises(ModelError, match="Another payrisk command"),
        mlflow_store_lock(tmp_path, 0.2),
    ):
        raise AssertionError
    holder.kill()
    holder.communicate()
    with mlflow_store_lock(tmp_path, 5):
        pass
