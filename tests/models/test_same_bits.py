"""The same facts and seed give the same model files, whatever the machine around them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import hashlib, json, tempfile
from pathlib import Path
import numpy as np
from payrisk import bundle
from payrisk.learning.days_to_pay import fit_hazard
from payrisk.learning.default_risk.landmarks import Landmark
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.ledger import DefaultRule, Ledger
from payrisk.simulate import simulate
from payrisk_models import spec

fit_hazard.ROUNDS = 20
rule = DefaultRule(days=30)
for seed in (None, 1):
    tables = simulate(10, 9, 5).tables
    if seed is not None:
        g = np.random.default_rng(seed)
        tables = {name: t.iloc[g.permutation(len(t))] for name, t in tables.items()}
    ledger = Ledger.from_tables(tables)[0]
    history = ledger.as_of(ledger.default_as_of)
    curves = spec("days-to-pay").fit_as_served(history)
    then = ledger.as_of(ledger.default_as_of - 60)
    past = [Landmark.at(then, spec("days-to-pay").fit_as_served(then), rule)]
    risk = fit_default_risk(history, past, curves, rule, 60)
    open_rows = history.open_invoices().head(50)
    owing = sorted(set(open_rows["customer_id"]))
    with tempfile.TemporaryDirectory() as aside:
        for name, model, golden in (
            ("days-to-pay", curves, curves.rows(history, open_rows)),
            ("default-risk", risk, risk.rows(history, owing)),
        ):
            folder = bundle.write(
                Path(aside) / name, name=name, model=model, golden=golden, card={},
                card_text="", facts={},
            )
            files = {p.name: p.read_bytes() for p in sorted(folder.iterdir())}
            print(json.dumps({k: hashlib.sha256(v).hexdigest() for k, v in files.items()}))
"""


def trained(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def usual() -> list[str]:
    return trained(PYTHONHASHSEED="0", TZ="UTC")


def test_the_order_of_rows_does_not_matter(usual):
    assert usual[:2] == usual[2:]


def test_neither_hash_seed_nor_time_zone_nor_language_matters(usual):
    assert trained(PYTHONHASHSEED="4711", TZ="Pacific/Kiritimati", LC_ALL="C") == usual
