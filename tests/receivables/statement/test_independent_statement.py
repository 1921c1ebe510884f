"""Statements and what worklists start from, read again by pandas alone, to the cent.

With --full four simulated companies, mornings from before the first fact to years after the last.
"""

from __future__ import annotations

import pandas as pd
import pytest

from payrisk.calendar import iso
from payrisk.collecting.worklist.stakes import Stakes
from payrisk.errors import PayriskError
from payrisk.ledger import Ledger
from payrisk.receivables.statement.statement import CustomerStatement
from payrisk.simulate import simulate
from payrisk.simulate.written.csv_files import write_csv
from support.full import FULL
from support.oracle.desk_by_pandas import DeskFolder, known_files

SEEDS, N_CUSTOMERS = ((111, 112, 113, 114), 40) if FULL else ((111,), 12)
DAYS_BACK = (420, 300, 200, 100, 50, 20, 5, -1, -400, -1500) if FULL else (90, -900)
LEAST_DAYS = 1


@pytest.fixture(scope="module", params=SEEDS)
def mornings(request, tmp_path_factory):
    """The histories of a company, each with the folder of what was known."""
    tables = simulate(N_CUSTOMERS, 18, request.param).tables
    whole = tmp_path_factory.mktemp("whole")
    write_csv(tables, whole)
    ledger = Ledger.from_tables(tables)[0]
    made = []
    for back in DAYS_BACK:
        as_of = ledger.last_day - back
        files = known_files(whole, pd.Timestamp(iso(as_of)), whole / str(back))
        made.append((ledger.as_of(as_of), DeskFolder(files), pd.Timestamp(iso(as_of - 1))))
    with pytest.raises(PayriskError):  # before the first fact there is nothing to tell
        ledger.as_of(ledger.first_day)
    return made


def test_the_statement_of_every_customer_is_the_same_to_the_cent(mornings):
    n_items = 0
    for history, folder, evening in mornings:
        documents, ageing = [], []
        for who in history.customers()["customer_id"].astype(str):
            made = CustomerStatement.of(history, who)
            documents.append(made.items.assign(customer_id=who))
            ageing.append(made.ageing.assign(customer_id=who))
        keys = ["document", "instalment", "customer_id", "currency"]
        sums = ["open", "unapplied", "disputed"]
        items = pd.concat(documents, ignore_index=True).astype(dict.fromkeys(keys, object))
        items["instalment"] = items["instalment"].astype("int64")
        same(items.groupby(keys)[sums].sum(), folder.documents(evening))
        theirs = folder.ageing(evening)
        lines = pd.concat(ageing, ignore_index=True).set_index(["customer_id", "currency"])
        same(lines[theirs.columns], theirs)
        n_items += len(items)
    assert n_items > 20


def test_what_a_worklist_starts_from_is_the_same_to_the_cent(mornings):
    n_customers = 0
    for history, folder, evening in mornings:
        theirs = folder.late(evening, LEAST_DAYS)
        for code, lines in theirs.groupby(level="currency"):
            stakes = Stakes.of(history, str(code), LEAST_DAYS)
            rows = stakes.rows.assign(owed=stakes.overdue, free=stakes.stake)
            rows = rows[rows["currency"] == code].astype({"currency": object})
            ours = rows.groupby(["customer_id", "currency"])[["owed", "disputed", "free"]].sum()
            same(ours, lines)
            n_customers += len(lines)
    assert n_customers > 5


def same(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Not one cent differs; a row that one of them lacks counts as nothing."""
    left, right = ours.astype("int64").align(theirs.astype("int64"), fill_value=0)
    moved = (left - right).abs().sum(axis=1)
    assert not moved.any(), pd.concat([left, right], axis=1)[moved > 0]
