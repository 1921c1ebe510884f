"""A home with a small simulated ledger and both champions, made without MLflow."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from payrisk import bundle
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk.simulate import simulate
from payrisk_models import spec
from support.once import once_a_run

PAPERS = {"card": {}, "card_text": "", "facts": {"git_commit": "", "ledger_sha": "", "seed": 0}}


@pytest.fixture(scope="module", autouse=True)
def untried():
    """Its bundles, which this very run wrote, are not tried in a child: test_damage.py does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("payrisk.bundle._try_in_child", lambda *_: None)
        yield


def small_home(home: Path, *, with_risk: bool = True) -> Settings:
    """30 customers, 14 months, seed 3; version 1 of each model is promoted."""
    shutil.copytree(small(), home, dirs_exist_ok=True)
    if not with_risk:
        (home / "champions" / "default-risk").unlink()
    return Settings.read(home=home)


@once_a_run
def small(home: Path) -> None:
    """The home that `small_home` copies; for whoever only reads it, as it stands."""
    ledger = Ledger.from_tables(simulate(30, 14, 3).tables)[0]
    storage.save(ledger, home)
    history = ledger.as_of(ledger.default_as_of)
    invoices = history.open_invoices()
    curves = fit_daily_hazard(history, seeds=1, rounds=60)
    promote(home, "days-to-pay", curves, curves.rows(history, invoices.head(20)))
    rule = spec("default-risk")
    risk = fit_default_risk(history, [], curves, rule.rule, rule.horizon_days)
    customers = sorted(set(invoices["customer_id"]))
    promote(home, "default-risk", risk, risk.rows(history, customers[:20]))


def promote(home: Path, name: str, model, golden) -> None:
    """Write a bundle as version 1 and let it answer."""
    bundle.write(
        bundle.bundle_folder(home, name, "1"), name=name, model=model, golden=golden, **PAPERS
    )
    bundle.set_champion(home, name, "1")
