"""A simulated company in which some customers begin to pay later, and who was found in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import Ledger
from payrisk.receivables.behaviour.findings import LATER, behaviour_changes
from payrisk.simulate import simulate

YEAR, AFTERWARDS, LOOK_EVERY = 365, 60, 7


@dataclass(frozen=True)
class PlantedCompany:
    """A ledger, who changed (customer → day, days later) and who surely did not.

    The year of the plants ends AFTERWARDS days before the last invoice. unchanged: customers
    neither planted nor merged, nor ever under stress or silent in the year or long before: the
    simulator's own changes are changes, too.
    """

    ledger: Ledger
    planted: dict[str, tuple[int, int]]
    unchanged: set[str]
    starts_on: int


def planted_company(
    seed: int, n_customers: int, share: float, shift: tuple[int, int] = (15, 46)
) -> PlantedCompany:
    """Move all payments of the planted customers' invoices due from a day on by some days."""
    made = simulate(n_customers, 42, seed)
    truth = made.truth_tables()["truth"]
    tables = {name: frame.copy() for name, frame in made.tables.items()}
    g = np.random.default_rng(seed + 1)
    invoices = tables["invoices"]
    starts_on = int(invoices["issued_on"].max()) - YEAR - AFTERWARDS
    recent = truth["due_on"] > starts_on - 500
    unpaid = (truth["paid_on"] >= NEVER) & ~truth["cause"].isin(["offset", "credited"])
    troubled = set(truth.loc[recent & ((truth["is_stressed"] == 1) | unpaid), "customer_id"])
    merged = set(tables["aliases"]["alias_id"]) | set(tables["aliases"]["customer_id"])
    steady = sorted(set(invoices["customer_id"]) - troubled - merged)
    planted = {
        customer: (int(g.integers(starts_on, starts_on + YEAR - 60)), int(g.integers(*shift)))
        for customer in steady
        if g.random() < share
    }
    _delay(tables, planted)
    return PlantedCompany(
        Ledger.from_tables(tables)[0], planted, set(steady) - set(planted), starts_on
    )


def _delay(tables: dict[str, pd.DataFrame], planted: dict[str, tuple[int, int]]) -> None:
    invoices, links, credits = (tables[name] for name in ("invoices", "allocations", "credits"))
    plans = np.array([planted.get(name, (NEVER, 0)) for name in invoices["customer_id"]])
    days = np.where(invoices["due_on"] >= plans[:, 0], plans[:, 1], 0)
    keys = ["invoice_id", "instalment"]
    delay = invoices[keys].assign(delay=days)
    of_link = links[[*keys, "credit_id"]].merge(delay, on=keys, how="left")
    of_credit = of_link.groupby("credit_id")["delay"].max()
    is_payment = credits["kind"] == "payment"
    late = credits["credit_id"].map(of_credit).fillna(0).astype("int64").where(is_payment, 0)
    by_credit = dict(zip(credits["credit_id"], late))
    events = tables["events"]
    is_return = (events["kind"] == "reversal") & (events["subject_kind"] == "credit")
    of_event = events["subject"].map(by_credit).where(is_return).fillna(0).astype("int64")
    of_all_links = links["credit_id"].map(by_credit).fillna(0).astype("int64")
    for frame, more in ((credits, late), (links, of_all_links), (events, of_event)):
        for column in ("happened_on", "recorded_on"):
            frame[column] = frame[column] + more.to_numpy()
    credits["value_on"] = credits["value_on"].where(
        credits["value_on"] == NEVER, credits["value_on"] + late
    )


@dataclass(frozen=True)
class Found:
    """Counts over companies: planted and found in time, unchanged and falsely named."""

    planted: int = 0
    in_time: int = 0
    unchanged: int = 0
    falsely: int = 0

    def __add__(self, other: Found) -> Found:
        mine, more = vars(self), vars(other)
        return Found(**{name: mine[name] + more[name] for name in mine})

    @property
    def share_found(self) -> float:
        return self.in_time / self.planted

    @property
    def false_rate(self) -> float:
        return self.falsely / self.unchanged

    def precision_at(self, prevalence: float) -> float:
        """Share of the named who did change, where so many of a hundred do in a year."""
        right = prevalence * self.share_found
        return right / (right + (1 - prevalence) * self.false_rate)


def find(company: PlantedCompany) -> Found:
    """Look every week for a year and 60 days; named in time = within 30 days of the third payment.

    The third payment that came late after the change, that is. Whoever cannot be judged at the
    start of the year, or has no three late payments within it, is not counted.
    """
    named: dict[str, list[int]] = {}
    judged: set[str] = set()
    first = company.starts_on
    for morning in range(first, first + YEAR + AFTERWARDS, LOOK_EVERY):
        table, able = behaviour_changes(company.ledger.as_of(morning), LATER)
        judged = set(able) if morning == first else judged
        for customer in table["customer_id"]:
            named.setdefault(customer, []).append(morning)
    invoices = company.ledger.as_of(company.ledger.default_as_of).invoices()
    late = invoices[(invoices["paid_on"] < NEVER) & (invoices["paid_on"] > invoices["due_on"])]
    counts = Found(
        unchanged=len(company.unchanged & judged),
        falsely=sum(named.get(c, [NEVER])[0] < first + YEAR for c in company.unchanged & judged),
    )
    for customer, (day, _) in company.planted.items():
        rows = late[(late["customer_id"] == customer) & (late["original_due_on"] >= day)]
        third = rows["paid_on"].sort_values().iloc[2:3]
        if customer not in judged or not len(third) or int(third.iloc[0]) > first + YEAR:
            continue
        after = [morning for morning in named.get(customer, []) if morning >= day]
        in_time = bool(after) and after[0] <= int(third.iloc[0]) + 30
        counts += Found(planted=1, in_time=int(in_time))
    return counts
