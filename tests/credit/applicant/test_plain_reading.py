"""Owed, overdue, recourse and insured of simulated customers equal a plain reading to the cent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from payrisk.credit import CustomerAccounts
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from payrisk.simulate.world.world import World
from support.credit.deciders import POLICY
from support.oracle.plain_cover import PlainFigures, PlainReading

N_MORNINGS = 4


@pytest.fixture(scope="module")
def company() -> Ledger:
    """50 customers with insurers, recourse and disputes of every kind."""
    world = World(has_insurers=True, recourse_share=0.5, has_messy_orders=True)
    tables = dict(simulate(customers=50, months=26, seed=11, world=world).tables)
    events, g = tables["events"].copy(), np.random.default_rng(0)
    amount = events["amount"].astype("float64").to_numpy().copy()
    stage = events["stage"].astype(object).to_numpy().copy()
    for row in np.flatnonzero(events["kind"] == "dispute_opened"):
        stage[row] = [None, "customer", "a.bauer"][g.integers(0, 3)]
        amount[row] = np.nan if g.random() < 0.3 else amount[row]
    # sold a while after they were issued, and never heard of again
    invoices = tables["invoices"].iloc[::40]
    sales = pd.DataFrame(
        {
            "event_id": [f"sold-{i}" for i in range(len(invoices))],
            "kind": "sold",
            "subject_kind": "invoice",
            "subject": invoices["invoice_id"].to_numpy(),
            "instalment": invoices["instalment"].to_numpy(),
            "happened_on": invoices["issued_on"].to_numpy() + 5,
            "recorded_on": invoices["recorded_on"].to_numpy() + 5,
            "reason": g.choice(["with recourse", "without recourse"], len(invoices)),
        }
    )
    amounts = pd.array(amount).astype("Int64")
    events = events.assign(amount=amounts, stage=stage)
    tables["events"] = pd.concat([events, sales], ignore_index=True)
    said = tables["attributes"]  # a short extension, so that covers are often stopped
    is_short = said["name"] == "insured_extension_days"
    tables["attributes"] = said.assign(value=said["value"].where(~is_short, "5"))
    return Ledger.from_tables(tables)[0]


def differing(company: Ledger, plain: Callable[..., PlainReading] = PlainReading) -> int:
    """Customers and mornings on which the two differ."""
    n, seen = 0, np.zeros(4, dtype=np.int64)
    days = np.linspace(company.first_day + 200, company.default_as_of, N_MORNINGS)
    for morning in map(int, days):
        history = company.as_of(morning)
        accounts = CustomerAccounts(history, grace_days=15, measures=POLICY.measures)
        reading = plain(history)
        for customer in map(str, history.customers()["customer_id"]):
            currency = accounts.currency_of(customer)
            account = accounts.account_of(customer, currency)
            said = PlainFigures(account.open, account.overdue, account.recourse, account.insured)
            expected = reading.figures(customer, currency)
            n += said != expected
            seen += np.array(expected) > 0
    assert (seen > 3).all()  # none of the figures is only ever nothing
    return n


def test_every_customers_figures_equal_the_plain_reading(company):
    assert differing(company) == 0


class _NeverStopped(PlainReading):
    def is_stopped(self, customer: str, day: int) -> bool:
        return False


class _NeverEnding(PlainReading):
    def limit_on(self, customer: str, day: int) -> int:
        limit = self.in_force(customer, "insured_amount", day)
        return 0 if limit is None else int(float(limit[1]))


class _OfToday(PlainReading):
    """The limit of the morning for whatever was delivered when."""

    def limit_on(self, customer: str, day: int) -> int:
        return super().limit_on(customer, self.morning)


class _WholeDisputes(PlainReading):
    def excused(self, row):
        return row["left"] if self.disputes(row) else 0


@pytest.mark.parametrize("mutant", [_NeverStopped, _NeverEnding, _OfToday, _WholeDisputes])
def test_a_planted_mutant_is_caught(company, mutant):
    assert differing(company, mutant) > 0
