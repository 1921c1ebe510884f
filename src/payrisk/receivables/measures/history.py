"""The KPIs month by month, with the benchmark's line beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.errors import InputError
from payrisk.ledger import Books, Ledger
from payrisk.receivables.kpis import WINDOW_DAYS
from payrisk.receivables.measures.benchmark import benchmark
from payrisk.receivables.measures.choices import KpiChoices
from payrisk.receivables.measures.measured import NO_CHOICES, kpis
from payrisk.receivables.measures.months import month_evenings

MOST_MONTHS = 60


def kpi_history(
    ledger: Ledger,
    closing: Books,
    *keys: str,
    n_months: int = 12,
    window_days: int = WINDOW_DAYS,
    choices: KpiChoices = NO_CHOICES,
    base: str | None = None,
    named: bool = False,
) -> pd.DataFrame:
    """The rows of `kpis` at each evening of the last `n_months`, oldest first, by `ends_on`.

    The evenings lie a calendar month apart and end with the closing books'; all are read by what
    those know, so that a late-recorded payment stands in the month it was made. Beside the rows:
    the `uk_…` benchmark of the year. Evenings before the first invoice are left out. Raises
    InputError for fewer than 1 or more than 60 months.
    """
    if not 1 <= n_months <= MOST_MONTHS:
        raise InputError(f"The history is of 1 to {MOST_MONTHS} months.")
    first = int(ledger.tables["invoices"]["issued_on"].min())
    tables = []
    for evening in reversed(month_evenings(closing.close_of, n_months - 1)):
        if evening < first:
            continue
        is_last = evening == closing.close_of
        books = closing if is_last else ledger.balance_at(evening, closing.known_before)
        rows = kpis(
            ledger,
            books,
            *keys,
            window_days=window_days,
            choices=choices,
            base=base,
            named=named,
        ).rows
        rows.insert(0, "ends_on", evening)
        tables.append(rows)
    table = pd.concat(tables, ignore_index=True)
    return pd.concat([table, benchmark(table["ends_on"].to_numpy(np.int64))], axis=1)
