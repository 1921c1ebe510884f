"""MLflow imported and told where to work: quietly, within seconds, one first call at a time."""

from __future__ import annotations

import os
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from payrisk.errors import ModelError
from payrisk.registry.quiet import silence_mlflow

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; there the store's own locks remain
    fcntl = None  # type: ignore[assignment]

# Read by MLflow when it is imported or asks a server: no telemetry, no pip dry run, no copied lock
# file, no pickle, nothing on the terminal (reference ecosystem 9).
SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SKIP_PIP_REQUIREMENTS_CHECK": "true",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
TURN_SECONDS = 120.0
GREETING_SECONDS = 5.0


def is_server(uri: str) -> bool:
    """Whether the address is a tracking server's, which keeps artifacts and migrates by itself."""
    return uri.startswith(("http://", "https://", "databricks"))


def import_mlflow(uri: str, seconds: float) -> Any:
    """The module mlflow, told anew where to work; it waits at most `seconds` for an answer.

    Two registries of one process share nothing but the process's environment.
    """
    for key, value in SETTINGS.items():
        os.environ.setdefault(key, value)  # noqa: TID251 - MLflow can be told in no other way
    timeout = str(max(1, round(seconds)))
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = timeout  # noqa: TID251 - same
    with silence_mlflow():
        import mlflow
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return mlflow


def client(uri: str, home: Path, seconds: float) -> Any:
    """A client whose store is there; raises ModelError when it cannot be reached or made.

    The first call to an embedded store makes its tables, which MLflow itself lets two processes
    do at once: here they take turns.
    """
    if is_server(uri):
        with silence_mlflow():
            _greet(uri, min(seconds, GREETING_SECONDS))
            return import_mlflow(uri, seconds).MlflowClient(uri, uri)
    with silence_mlflow():
        _reach(uri, seconds)
    with mlflow_store_lock(home), silence_mlflow():
        made = import_mlflow(uri, seconds).MlflowClient(uri, uri)
        made.search_experiments(max_results=1)
        made.search_registered_models(max_results=1)
    return made


def _greet(uri: str, seconds: float) -> None:
    """Hear a word from a server, whatever it says, before the seconds that importing MLflow takes.

    What urllib cannot judge, such as a certificate, MLflow does.
    """
    if not uri.startswith("http"):
        return
    try:
        urllib.request.urlopen(f"{address_of(uri)}/health", timeout=seconds).close()  # noqa: S310
    except urllib.error.HTTPError:
        return
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLError):
            return
        raise


def address_of(uri: str) -> str:
    """A tracking server's address as it may be shown: without a user or a password."""
    return re.sub(r"//[^/@\s]*@", "//", uri).rstrip("/")


def _reach(uri: str, seconds: float) -> None:
    """Connect once: MLflow would try ten times, with longer and longer waits between."""
    if uri.startswith("sqlite:"):
        return
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    url = make_url(uri)
    limit: Mapping[str, Any] = {}
    if url.get_backend_name() in {"postgresql", "mysql"}:
        limit = {"connect_timeout": max(1, round(seconds))}
    engine = create_engine(url, connect_args=dict(limit))
    try:
        engine.connect().close()
    finally:
        engine.dispose()


@contextmanager
def mlflow_store_lock(home: Path, seconds: float = TURN_SECONDS) -> Iterator[None]:
    """Hold the home's one turn at its MLflow store, as threads and processes take turns.

    Free again the moment its holder ends, however it ends. Raises ModelError when another holds
    it for longer than `seconds`.
    """
    path = home / ".mlflow.turn"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise ModelError(
            f"MLflow's store in {home} cannot be written ({error.strerror}); let this user write"
            " there, or choose another --home."
        ) from None
    with file:
        last = time.monotonic() + seconds
        while fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > last:
                    raise ModelError(
                        f"Another payrisk command has held MLflow's store in {home} for"
                        f" {seconds:g} seconds; wait for it, or stop it."
                    ) from None
                time.sleep(0.05)
        yield
