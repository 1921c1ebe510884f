"""MLflow as processes of their own: a tracking server, a model served, addresses that are dead."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from payrisk.registry.connecting import SETTINGS

START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@contextmanager
def mlflow(
    *words: str, path: str, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """`python -m mlflow WORDS --port P` until it answers PATH; its address."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", *words, "--host", "127.0.0.1", "--port", str(port)]
    told = {"OMP_NUM_THREADS": "1", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    # it looks for uvicorn on the path, as in an environment that is activated
    told["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with log.open("w") as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=said,
            env={**os.environ, **SETTINGS, **told, **(env or {})},
            start_new_session=True,
            cwd=log.parent,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        last = time.monotonic() + START_SECONDS
        while time.monotonic() < last and process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{address}{path}", timeout=5):
                break
            time.sleep(0.1)
        else:
            raise AssertionError(f"MLflow did not come up: {log.read_text()[-2000:]}")
        yield address
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


@contextmanager
def blackhole() -> Iterator[str]:
    """An address that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def full_queue() -> Iterator[str]:
    """An address whose queue is full: further connections are not even taken."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        place = listening.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(place)
        try:
            yield f"127.0.0.1:{place[1]}"
        finally:
            for one in waiting:
                one.close()
