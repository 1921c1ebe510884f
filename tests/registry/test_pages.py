"""`payrisk mlflow` as a process: the pages of this home's store, gone when it is asked to end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.request

import pytest

from support.home.mlflow_store import fresh_home, registry_of


@pytest.fixture(scope="module")
def opened(candidates, tmp_path_factory):
    """A home with a candidate, its version, and the address of its pages."""
    home = fresh_home(tmp_path_factory.mktemp("home")).home
    version = candidates["days-to-pay"].register(registry_of(home))
    command = [sys.executable, "-c", "from payrisk.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "--home", str(home), "mlflow", "--port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = process.stderr.readline()
    address = re.search(r"http://127\.0\.0\.1:\d+/", said)
    assert address, said
    yield home, version, address[0]
    process.terminate()
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address[0], timeout=5)


def ask(address: str, path: str, body: object = None) -> bytes:
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}{path}", content, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def test_the_pages_show_this_homes_runs_and_their_papers(opened):
    _, version, address = opened
    assert b"<title>MLflow</title>" in ask(address, "")
    found = json.loads(ask(address, f"api/2.0/mlflow/runs/get?run_id={version.run_id}"))
    assert found["run"]["info"]["run_name"] == "days-to-pay-2025-01-01"
    report = ask(address, f"get-artifact?path=report.html&run_uuid={version.run_id}")
    assert report == b"<!doctype html><title>A report</title>"


def test_another_command_may_use_the_store_meanwhile(opened):
    home, version, address = opened
    registry_of(home).set_alias("days-to-pay", "champion", version.version)
    last = time.monotonic() + 10
    while time.monotonic() < last:
        path = "api/2.0/mlflow/registered-models/alias?name=days-to-pay&alias=champion"
        found = json.loads(ask(address, path))
        if found["model_version"]["version"] == version.version:
            break
    assert found["model_version"]["run_id"] == version.run_id
