"""A home whose champion of days-to-pay was trained on a ledger in which limits tell everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from payrisk.ledger.stored import storage
from payrisk_pipelines.training.heads import TrainingOptions
from payrisk_pipelines.training.train import train
from payrisk_pipelines.versions.promoting import promote
from support.home.mlflow_store import fresh_home, learn_little
from support.home.trained_home import PROMOTED_AT
from support.ledgers.telling_limits import telling_limits


def home_of_telling_limits(home: Path) -> None:
    """Version 1 of days-to-pay answers, trained on `telling_limits`; little was learned."""
    settings = fresh_home(home)
    storage.save(telling_limits(), home)
    with pytest.MonkeyPatch.context() as patch:
        learn_little(patch)
        patch.setattr("payrisk.bundle._try_in_child", lambda *_: None)
        train(settings, "days-to-pay", options=TrainingOptions("c0ffee"))
        promote(settings, "days-to-pay", moved_at=PROMOTED_AT, reason="a champion to differ from")
