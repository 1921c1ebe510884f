"""MLflow that is down, dumb or broken is said in one sentence, within seconds."""

from __future__ import annotations

import subprocess
import sys

import pytest

from payrisk.cli import run
from payrisk.errors import ModelError
from payrisk.registry import Registry
from support.home.mlflow_processes import blackhole, free_port, full_queue

SECONDS = 10
"""How long every command may take; each is given twice that, on a busy machine."""

CALLS = {
    "versions": lambda registry: registry.versions("days-to-pay"),
    "attempts": lambda registry: registry.attempts("days-to-pay", "ab"),
    "run": lambda registry: registry.run("days-to-pay", "x", {}, {}, {}),
    "bundle_of": lambda registry: registry.bundle_of("days-to-pay", "1"),
}


@pytest.fixture(params=["dead", "dumb", "full"])
def place(request):
    """host:port where nobody listens, nobody answers, or nobody accepts."""
    if request.param == "dead":
        yield f"127.0.0.1:{free_port()}"
        return
    with blackhole() if request.param == "dumb" else full_queue() as found:
        yield found


@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_does_not_answer(place, call, tmp_path):
    registry = Registry(tmp_path, f"http://me:secret@{place}", tmp_path / "artifacts", seconds=0.3)
    with pytest.raises(ModelError, match="PAYRISK_MLFLOW_URI") as said:
        CALLS[call](registry)
    assert "\n" not in str(said.value)
    assert "secret" not in str(said.value)


def test_a_candidate_cannot_be_registered(place, candidates, tmp_path):
    registry = Registry(tmp_path, f"http://{place}", tmp_path / "artifacts", seconds=0.3)
    with pytest.raises(ModelError, match="MLflow cannot do its part"):
        candidates["days-to-pay"].register(registry)


def test_a_database_that_does_not_answer(place, tmp_path):
    pytest.importorskip("psycopg")
    uri = f"postgresql+psycopg://me:secret@{place}/mlflow"
    registry = Registry(tmp_path, uri, tmp_path / "artifacts", seconds=1)
    with pytest.raises(ModelError, match="MLflow cannot do its part") as said:
        registry.versions()
    assert "secret" not in str(said.value)


def test_the_command_says_so_in_one_line_and_in_time(tmp_path, monkeypatch):
    """With the real waiting time, as a process: MLflow's own retries would take four minutes."""
    with blackhole() as place:
        monkeypatch.setenv("PAYRISK_MLFLOW_URI", f"http://{place}")
        command = [sys.executable, "-c", "from payrisk.cli import main; main()"]
        done = subprocess.run(
            [*command, "--home", str(tmp_path), "models"],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "MLflow cannot do its part" in line


def test_a_home_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    registry = Registry(home, f"sqlite:///{home}/mlflow.db", home / "artifacts")
    with pytest.raises(ModelError, match="cannot be written"):
        registry.versions()


def test_a_port_that_is_taken_is_said(tmp_path, capsys):
    with blackhole() as place:
        port = place.rpartition(":")[2]
        assert run(["--home", str(tmp_path), "mlflow", "--port", port]) == 2
    assert f"Port {port} is taken" in capsys.readouterr().err
