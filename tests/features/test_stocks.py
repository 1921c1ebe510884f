"""What features say is open and overdue is what the aged ledger says, to the cent."""

from __future__ import annotations

import numpy as np

from payrisk.features import LedgerStreams, Moments, build
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from support.ledgers.messier import messier_ledger

NAMES = [
    "customer__open__n__now",
    "customer__open__sum__now",
    "customer__overdue__n__now",
    "customer__overdue__sum__now",
    "customer__bucket0__sum__now",
    "customer__bucket30__sum__now",
    "customer__bucket60__sum__now",
    "customer__bucket90__sum__now",
    "customer__overdue__oldest__now",
]


def by_books(ledger, as_of):
    """The same from the books: days past due count from the evening before."""
    rows = ledger.as_of(as_of).open_invoices()
    rows["past"] = as_of - 1 - rows["due_on"]
    found = {}
    for customer, own in rows.groupby("customer_id"):
        if own["currency"].nunique() > 1:
            continue  # the features convert
        late = own[own["past"] > 0]
        buckets = np.searchsorted([30, 60, 90], late["past"])
        found[customer] = [
            len(own),
            own["residual"].sum(),
            len(late),
            late["residual"].sum(),
            *(late.loc[buckets == b, "residual"].sum() for b in range(4)),
            late["past"].max() if len(late) else np.nan,
        ]
    return found


def test_messy_books():
    assert sum(tied(messier_ledger(seed, 60), step=31) for seed in range(8)) > 40


def test_simulated_books():
    assert tied(Ledger.from_tables(simulate(120, 14, 5).tables)[0], step=97) > 200


def tied(ledger, step):
    n_tied = 0
    for as_of in range(ledger.first_day + 40, ledger.default_as_of, step):
        books = by_books(ledger, as_of)
        usual = one_currency(ledger, as_of)
        customers = [c for c in books if c in usual]
        moments = Moments.customers(ledger, customers, as_of)
        found = build(LedgerStreams.of(ledger), moments, NAMES).values.T
        for row, customer in zip(found, customers):
            expected = np.array(books[customer], dtype=np.float32)
            assert np.array_equal(row, expected, equal_nan=True), (as_of, customer)
            n_tied += 1
    return n_tied


def one_currency(ledger, as_of):
    """Customers billed in one currency only, so that nothing is converted."""
    rows = ledger.as_of(as_of).invoices()
    n = rows.groupby("customer_id")["currency"].nunique()
    return set(n[n == 1].index)
