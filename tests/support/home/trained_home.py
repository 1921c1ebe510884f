"""A home in which training and promotion have happened, on the real SQLite store of MLflow."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk.simulate import simulate
from payrisk_pipelines.training.heads import TrainingOptions
from payrisk_pipelines.training.train import train
from payrisk_pipelines.versions.promoting import promote
from support.home.earlier_home import with_addresses
from support.home.mlflow_store import fresh_home, learn_little
from support.once import once_a_run

COMMIT = "c0ffee"
PROMOTED_AT = "2026-01-05T08:00:00+00:00"


def trained_home(home: Path) -> Settings:
    """12 customers, 10 months, seed 3; version 1 of days-to-pay and default-risk is promoted."""
    made = _trained()
    shutil.copytree(made, home, dirs_exist_ok=True)
    with_addresses(home, {str(made): str(home)})
    return Settings.read(home=home)


@once_a_run
def _trained(home: Path) -> None:
    """The home that `trained_home` copies; little was learned."""
    settings = fresh_home(home)
    storage.save(Ledger.from_tables(simulate(12, 10, 3).tables)[0], home)
    with pytest.MonkeyPatch.context() as patch:
        learn_little(patch)
        patch.setattr("payrisk.bundle._try_in_child", lambda *_: None)
        for name in ("days-to-pay", "default-risk"):
            train(settings, name, options=TrainingOptions(COMMIT))
            promote(settings, name, moved_at=PROMOTED_AT, reason="a small ledger proves little")
