"""An MLflow store without its seconds of migrations: a fresh one is made once and copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from payrisk.registry import Registry
from payrisk.settings import Settings
from payrisk_models import spec
from support.credit.quick_trees import grow_quickly
from support.loaded import load_mlflow
from support.once import once_a_run


@once_a_run
def empty_store(home: Path) -> None:
    """A home with an MLflow store in which nothing is."""
    registry_of(home).versions()


def registry_of(home: Path) -> Registry:
    """The embedded registry of a home."""
    settings = Settings.read(home=home)
    return Registry(settings.home, settings.mlflow_uri, settings.mlflow_artifacts)


QUICK = {
    "payrisk_pipelines.backtests.cash_replay.MOST_LANDMARKS": 6,
    "payrisk_pipelines.backtests.cash_replay.N_DRAWS": 40,
    "payrisk.learning.judging.judge_curves.MOST_ISSUE_DAYS": 5,
    "payrisk.learning.days_to_pay.fit_hazard.ROUNDS": 8,
    "payrisk.learning.default_risk.fit.ROUNDS": 20,
    "payrisk.learning.measuring.replay.ENOUGH_ROWS": 0,
}
"""How little is learned and judged where that proves as much."""


def learn_little(patch: pytest.MonkeyPatch) -> None:
    """Few rounds, few issue days, few landmarks."""
    for name, value in QUICK.items():
        patch.setattr(name, value)
    patch.setitem(spec("days-to-pay").when_sketched, "rounds", 8)
    grow_quickly(patch)


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Learn little; the child that tries a bundle is tested with bundles."""
    load_mlflow()
    with pytest.MonkeyPatch.context() as patch:
        learn_little(patch)
        patch.setattr("payrisk.bundle._try_in_child", lambda *_: None)
        yield


def store_in(home: Path) -> None:
    """Put an MLflow store into a home, ready and empty."""
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(empty_store() / "mlflow.db", home / "mlflow.db")


def fresh_home(home: Path) -> Settings:
    """Settings of a home whose MLflow store is ready and empty."""
    store_in(home)
    return Settings.read(home=home)
