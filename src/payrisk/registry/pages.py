"""MLflow's own pages over the store of a home, as a process of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from payrisk.errors import ModelError
from payrisk.registry.connecting import SETTINGS, address_of, mlflow_store_lock

HOST = "127.0.0.1"
START_SECONDS = 90.0


@contextmanager
def serve_pages(
    home: Path, uri: str, artifacts: Path, port: int
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of MLflow's pages on this machine, and their process; ended on leaving.

    port: 0 takes a free one. Raises ModelError when the port is taken or MLflow does not start.
    """
    port = _free(port)
    address = f"http://{HOST}:{port}/"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port),
             "--workers", "1"],
            stdout=log, stderr=log, env=_environment(uri, artifacts), start_new_session=True,
        )  # fmt: skip
        try:
            # a fresh store gets its tables now, and nobody else may make them meanwhile
            with mlflow_store_lock(home):
                _wait(process, address, log)
            yield address, process
        finally:
            _end(process)


def _environment(uri: str, artifacts: Path) -> dict[str, str]:
    # by the environment, not by options: everybody may read a process's options
    variables = {
        "MLFLOW_BACKEND_STORE_URI": uri,
        "MLFLOW_REGISTRY_STORE_URI": uri,
        "MLFLOW_DEFAULT_ARTIFACT_ROOT": artifacts.as_uri(),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "OMP_NUM_THREADS": "1",
    }
    return {**os.environ, **SETTINGS, **variables}  # noqa: TID251 - what a child inherits


def _free(port: int) -> int:
    with socket.socket() as tried:
        if os.name != "nt":
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            raise ModelError(
                f"Port {port} is taken; choose another with --port, or --port 0 for a free one."
            ) from None
        return int(tried.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], address: str, log: IO[bytes]) -> None:
    last = time.monotonic() + START_SECONDS
    while time.monotonic() < last and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{address}health", timeout=2):  # noqa: S310
            return
        time.sleep(0.1)
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    reason = address_of(lines[-1])[:200] if lines else "it said nothing"
    raise ModelError(f"MLflow's pages did not start ({reason}); check PAYRISK_MLFLOW_URI.")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and the workers it started."""
    with suppress(ProcessLookupError):
        if os.name == "nt":
            process.terminate()
        else:
            os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            if os.name == "nt":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
