"""An MLflow store without its seconds of migrations: a fresh one is made once and copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from payrisk.registry import Registry
from payrisk.settings import Settings
from support.once import once_a_run


@once_a_run
def empty_store(home: Path) -> None:
    """A home with an MLflow store in which nothing is."""
    registry_of(home).versions()


def registry_of(home: Path) -> Registry:
    """The embedded registry of a home."""
    settings = Settings.read(home=home)
    return Registry(settings.home, settings.mlflow_uri, settings.mlflow_artifacts)


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Learn little, judge few issue days; the child that tries a bundle is tested with bundles."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("payrisk_pipelines.backtests.judging.MOST_ISSUE_DAYS", 5)
        patch.setattr("payrisk.learning.days_to_pay.fit_hazard.ROUNDS", 20)
        patch.setattr("payrisk.learning.measuring.replay.ENOUGH_ROWS", 0)
        patch.setattr("payrisk_pipelines.backtests.cash_replay.MOST_LANDMARKS", 6)
        patch.setattr("payrisk.bundle._try_in_child", lambda *_: None)
        yield


def fresh_home(home: Path) -> Settings:
    """Settings of a home whose MLflow store is ready and empty.

    The copy comes before any experiment: MLflow keeps artifact paths absolute.
    """
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(empty_store() / "mlflow.db", home / "mlflow.db")
    return Settings.read(home=home)
