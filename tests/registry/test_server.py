"""The same registry against a tracking server, by its address alone; PostgreSQL where there is."""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from payrisk import bundle
from payrisk.cli import run
from payrisk.registry import Registry
from payrisk.settings import Settings
from support.home.mlflow_processes import mlflow

POSTGRES = os.environ.get("PAYRISK_TEST_POSTGRES_URL", "")
ROWS = "cd" * 32


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """An empty database of the server's own: PostgreSQL where there is one, else SQLite."""
    if not POSTGRES:
        yield f"sqlite:///{tmp_path_factory.mktemp('database')}/mlflow.db"
        return
    url = make_url(POSTGRES).set(drivername="postgresql+psycopg")
    name = f"t_{uuid.uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="module")
def server(database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    told = {"MLFLOW_BACKEND_STORE_URI": database}
    where = ["--artifacts-destination", str(folder / "kept"), "--workers", "1"]
    with mlflow("server", *where, path="/health", log=folder / "log", env=told) as address:
        yield address


def registry_at(settings: Settings) -> Registry:
    return Registry(settings.home, settings.mlflow_uri, settings.mlflow_artifacts)


@pytest.fixture(scope="module")
def homes(server, tmp_path_factory):
    """Two homes of one server, such as two machines."""
    made = [Settings.read(home=tmp_path_factory.mktemp("home"), mlflow_uri=server) for _ in "ab"]
    return made[0], made[1]


def test_a_candidate_of_one_home_answers_in_another(homes, candidates, capsys):
    one, other = homes
    candidate = candidates["days-to-pay"]
    version = candidate.register(registry_at(one))
    assert capsys.readouterr() == ("", "")
    asked = registry_at(one)._client
    data = asked.get_run(version.run_id).data
    assert data.metrics["slice/terms/61 plus days/crps"] == 1.5
    assert len(asked.get_metric_history(version.run_id, "days_ahead/days-to-pay")) == 2
    assert "report.html" in {found.path for found in asked.list_artifacts(version.run_id)}
    assert not one.mlflow_artifacts.exists()
    registry_at(one).set_alias("days-to-pay", "champion", version.version)
    there = registry_at(other)
    assert there.version("days-to-pay", "champion").aliases == ("candidate", "champion")
    served = bundle.load(there.bundle_of("days-to-pay", "champion"), trial_seconds=0)
    assert served.path.is_relative_to(other.home)
    assert served.manifest["digest"] == candidate.digest
    for mine, theirs in zip(
        candidate.model.predict(candidate.example),
        served.model.predict(candidate.example),
        strict=True,
    ):
        assert np.array_equal(mine, theirs)
    (attempt,) = registry_at(other).attempts("days-to-pay", ROWS)
    assert attempt.run_id == version.run_id


def test_the_server_keeps_its_runs_in_postgresql(homes, database):
    if not POSTGRES:
        pytest.skip("PostgreSQL is not here: set PAYRISK_TEST_POSTGRES_URL")
    run_id = registry_at(homes[0]).run("kept", "trial", {"rounds": 3}, {"crps": 0.1 + 0.2}, {})
    engine = create_engine(database)
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT value FROM metrics WHERE run_uuid = :run_id"), {"run_id": run_id}
        ).scalar_one()
    engine.dispose()
    assert found == 0.1 + 0.2


def test_several_homes_may_begin_at_once(homes, candidates):
    """The experiment and the model of this name are not there yet."""
    candidate = candidates["default-risk"]
    with ThreadPoolExecutor(4) as pool:
        runs = [
            pool.submit(registry_at(settings).run, "default-risk", "trial", {}, {}, {})
            for settings in homes * 4
        ]
        assert len({run.result() for run in runs}) == 8
    assert candidate.register(registry_at(homes[0])).version == "1"
    assert candidate.register(registry_at(homes[1])).version == "2"


def test_the_command_says_where_the_pages_are(homes, capsys, monkeypatch):
    address = homes[0].mlflow_uri
    monkeypatch.setenv("PAYRISK_MLFLOW_URI", address.replace("//", "//me:secret@"))
    assert run(["--home", str(homes[0].home), "mlflow"]) == 0
    said = capsys.readouterr().out
    assert said == f"This home keeps its runs at {address}/; open that address.\n"


def test_a_database_alone_is_an_embedded_store(database, candidates, tmp_path):
    """By its own address, without the server: files stay in the home, not the current folder."""
    settings = Settings.read(home=tmp_path, mlflow_uri=database)
    candidate = candidates["default-risk"]
    registry = registry_at(settings)
    kept = registry.run("elsewhere", "trial", {}, {"x": 1.0}, {})
    where = registry._client.get_run(kept).info.artifact_uri
    assert where.startswith(settings.mlflow_artifacts.as_uri())
    assert candidate.name in {one.name for one in registry.versions()}
