"""Aging and KPIs read twice: by us, and by pandas alone from the raw CSVs, to the cent.

With --full ten simulated companies, 24 evenings each; else one, on three evenings.
"""

from __future__ import annotations

import math

import pandas as pd
import pytest

from payrisk.ledger import Ledger
from payrisk.receivables.aging import BUCKETS, aging
from payrisk.receivables.measures.measured import kpis
from payrisk.simulate import simulate
from payrisk.simulate.written.csv_files import write_csv
from support.full import FULL
from support.oracle.receivables_by_pandas import Folder

EPOCH = pd.Timestamp("1970-01-01")
COLUMNS = [*BUCKETS, "settled_residuals", "open", "disputed", "unapplied"]
SEEDS, N_EVENINGS, MONTHS = (range(101, 111), 24, 28) if FULL else ((101,), 3, 14)
LEAST_CELLS = 20_000 if FULL else 200


def cents_that_differ(
    ours: pd.DataFrame, theirs: pd.DataFrame, keys: list[str]
) -> tuple[int, int]:
    left, right = ours.set_index(keys)[COLUMNS].align(theirs[COLUMNS], fill_value=0)
    return left.size, int((left - right).abs().to_numpy().sum())


def test_both_readings_are_the_same_to_the_cent(tmp_path):
    n_cells = n_measures = 0
    for seed in SEEDS:
        tables = simulate(24, MONTHS, seed).tables
        write_csv(tables, tmp_path / str(seed))
        folder, one = Folder(tmp_path / str(seed)), Ledger.from_tables(tables)[0]
        last = EPOCH + pd.Timedelta(days=one.last_day)
        for back in range(1, N_EVENINGS + 1):
            evening = (last - pd.offsets.MonthEnd(back)).normalize()
            books = one.balance_at((evening - EPOCH).days, one.default_as_of)
            aged = aging(books)
            for key in ("customer_id", "entity_id"):
                keys = [key, "currency"]
                n, cents = cents_that_differ(aged.by(key), folder.aging(evening, key), keys)
                assert cents == 0, (seed, evening, key)
                n_cells += n
            rows = kpis(one, books).rows.set_index("currency")
            for currency in rows.index:
                for name, value in folder.kpis(evening, currency).items():
                    ours = float(rows.loc[currency, name])
                    both_nan = math.isnan(ours) and math.isnan(value)
                    where = (seed, evening, currency, name)
                    assert both_nan or ours == pytest.approx(value, rel=1e-9), where
                    n_measures += 1
    assert n_cells > LEAST_CELLS
    assert n_measures > LEAST_CELLS / 2
