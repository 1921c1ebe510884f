"""The figures of ADR 0004, on the real ledger they were measured on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.settings import Settings
from payrisk_pipelines.backtests.days_to_pay import backtest_days_to_pay, windows_of

REAL = os.environ.get("PAYRISK_REAL_DATA", "")


@pytest.mark.skipif(not REAL, reason="PAYRISK_REAL_DATA names no folder of real ledgers")
def test_highradius_at_issue_has_the_published_order():
    source = Path(REAL) / "highradius_asof_2019-09-30.parquet"
    day = day_of("2019-10-01")
    reading = read_source(source, load_preset("highradius"), imported_on=day)
    july = day_of("2019-07-01")
    found = backtest_days_to_pay(
        Settings.read(),
        windows_of(train_as_of=july, issued_between=(july, day_of("2019-08-15"))),
        ledger=Ledger.from_tables(reading.tables)[0],
        as_of=day,
    )
    crps = found.table().set_index("model")["crps"]
    assert found.n_rows + found.n_left_out == 4366
    assert crps["customer-ecdf"] == pytest.approx(1.89, abs=0.02)
    assert crps["due-plus-mean"] == pytest.approx(2.74, abs=0.03)
    assert crps["days-to-pay"] < crps["customer-ecdf"] < crps["l1-boosting"]
    assert crps["l1-boosting"] < crps["due-plus-mean"] < crps["due-date"]
    assert found.comparison.outcomes["paid"] + found.comparison.outcomes["still open"] == 4342
    pairs = found.comparison.paired.set_index(["metric", "baseline"])
    for baseline in ("due-date", "due-plus-mean", "kaplan-meier-terms", "l1-boosting"):
        assert pairs.at[("crps", baseline), "low"] > 0
        assert pairs.at[("nll", baseline), "low"] > 0
