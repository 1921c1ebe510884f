"""Sums of forecast, aging and books of generated companies: they are the same, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from payrisk.answers import Answers
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from proofs.probing import Probe, ProofRun, Tally
from support.company.five_customers import champions
from support.company.whole import WHOLE

CUSTOMERS, MONTHS = 8, 9
PARTS = ["settled_by_credits", "within_horizon", "beyond_horizon", "never"]
Sums = dict[str, int]


def exact(amounts: pd.Series) -> pd.Series:
    """Whole minor units, as they are."""
    return amounts


def in_major_units(amounts: pd.Series) -> pd.Series:
    """Rounded to whole euros on the way, as a float of thousands would be."""
    return (amounts / 100).round().astype("int64") * 100


def _by_currency(table: pd.DataFrame, amounts: Any) -> Sums:
    sums = table.assign(amount=amounts).groupby("currency")["amount"].sum()
    return {str(currency): int(amount) for currency, amount in sums.items() if amount}


def disagreements(answers: Answers, day: int, taken: Callable[[pd.Series], pd.Series]) -> int:
    """How many sums of a morning are not what another says they are."""
    cash = answers.cash_forecast(as_of=day, in_sample=True)
    aging = answers.aging(as_of=day).totals()
    books = answers.books_at(as_of=day).control_total()
    # what is left of an invoice that counts as settled is aged, and no cash is expected of it
    owed = _by_currency(aging, taken(aging["open"]) - taken(aging["settled_residuals"]))
    balance = cash.balance()
    by_customer = cash.balance("customer_id")
    records = cash.records("week", "customer_id")
    expected = [
        _by_currency(balance, taken(balance["open_balance"])),
        _by_currency(balance, taken(balance[PARTS].sum(axis=1))),
        _by_currency(by_customer, taken(by_customer["open_balance"])),
        _by_currency(by_customer, taken(by_customer[PARTS].sum(axis=1))),
        _by_currency(records, taken(records["expected"])),
    ]
    within = _by_currency(balance, taken(balance["within_horizon"]))
    weeks = [cash.by_week(), cash.by_week("country"), cash.by_week("entity_id", "customer_id")]
    net = _by_currency(aging, taken(aging["net"]))
    return (
        sum(sums != owed for sums in expected)
        + sum(_by_currency(week, taken(week["expected"])) != within for week in weeks)
        + int(net != _by_currency(books, books["net"]))
    )


def _companies(run: ProofRun, taken: Callable[[pd.Series], pd.Series]) -> Tally:
    n_wrong, currencies = 0, set()
    for number in range(run.count):
        made = simulate(CUSTOMERS, MONTHS, run.seed * 1_000_003 + number, world=WHOLE)
        ledger = Ledger.from_tables(made.tables)[0]
        answers = Answers(ledger, champions(), ledger_sha="0" * 64)
        n_wrong += disagreements(answers, ledger.default_as_of, taken)
        currencies |= set(ledger.tables["invoices"]["currency"].astype(str))
    return Tally(
        run.count,
        n_wrong,
        f"{run.count:,} companies in {len(currencies)} currencies, 9 sums each: {n_wrong} differ",
    )


def reconcile(run: ProofRun) -> Tally:
    """Compare the sums of so many companies."""
    return _companies(run, exact)


def reconcile_rounded(run: ProofRun) -> Tally:
    """The same where amounts are rounded to major units on the way."""
    return _companies(run, in_major_units)


CENTS = Probe(
    "cents", 1_000, 2, reconcile, reconcile_rounded, "amounts rounded on the way", twin_count=1,
    ci=1,
    lacks="the export of loss allowances",
)  # fmt: skip
