"""Coverage: books that begin midway and extracts of closed invoices are noticed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import day_of, iso
from payrisk.ledger import Ledger
from payrisk.ledger.importing.reading.coverage import coverage_problems, coverage_start

START = day_of("2025-01-01")


def books(n=1000, seed=0, days=300):
    """Invoices issued evenly over `days`, each paid 5 to 60 days later."""
    g = np.random.default_rng(seed)
    issued = START + np.sort(g.integers(0, days, n))
    paid = issued + g.integers(5, 60, n)
    return pd.DataFrame(
        {"invoice_id": [f"i{i}" for i in range(n)], "issued_on": issued, "on": paid}
    )


def ledger(rows, known_until):
    """A ledger of these invoices and of the payments that came by a day."""
    invoices = rows.drop(columns="on").assign(
        customer_id="c", due_on=rows["issued_on"] + 30, amount=100, currency="EUR", entity_id="E"
    )
    paid = rows[rows["on"] <= known_until]
    credits = pd.DataFrame(
        {
            "credit_id": "p" + paid["invoice_id"],
            "customer_id": "c",
            "entity_id": "E",
            "happened_on": paid["on"],
            "amount": 100,
            "currency": "EUR",
        }
    )
    links = credits[["credit_id", "amount", "happened_on"]].assign(invoice_id=paid["invoice_id"])
    return Ledger.from_tables({"invoices": invoices, "credits": credits, "allocations": links})[0]


@pytest.mark.parametrize("seed", range(4))
def test_whole_books_begin_where_they_begin(seed):
    assert not coverage_problems(ledger(books(seed=seed), START + 300))


@pytest.mark.parametrize("seed", range(4))
def test_books_that_lack_what_was_closed_before_they_began_are_noticed(seed):
    rows = books(seed=seed)
    begins = START + 120
    one = ledger(rows[rows["on"] >= begins], START + 300)
    (found,) = coverage_start(one).to_dict("records")
    assert found["entity_id"] == "E"
    assert 0 <= found["starts_on"] - begins <= 3
    assert found["n_before"] == (one.tables["invoices"]["issued_on"] < found["starts_on"]).sum()
    (problem,) = coverage_problems(one)
    assert problem.code == "begins_midway"
    assert iso(found["starts_on"]) in problem.message


def test_an_extract_of_closed_invoices_is_noticed():
    rows = books()
    (problem,) = coverage_problems(ledger(rows[rows["on"] <= START + 250], START + 300))
    assert (problem.code, problem.n) == ("closed_only", (rows["on"] <= START + 250).sum())


def test_a_ledger_of_open_invoices_has_no_pace_to_judge_by():
    assert not coverage_problems(ledger(books(), START - 1))
