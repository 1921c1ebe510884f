"""The KPIs of one evening, a row a group, each figure beside the amounts it is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER
from payrisk.errors import InputError
from payrisk.ledger import Books, Ledger
from payrisk.receivables import kpis as formulas
from payrisk.receivables.aging import bucket_of, dates_in_words
from payrisk.receivables.dimensions import with_names
from payrisk.receivables.measures.amounts import kpi_amounts
from payrisk.receivables.measures.choices import KpiChoices
from payrisk.receivables.measures.collecting import collection_measures
from payrisk.receivables.measures.kept import dispute_measures, promise_measures
from payrisk.receivables.measures.months import months_back
from payrisk.receivables.measures.not_given import missing_measure_reasons
from payrisk.receivables.measures.payments import payment_measures
from payrisk.receivables.measures.terms import KpiRows, kpi_rows

TOP = 10
"""Customers whose share of what is owed is added up."""

NO_CHOICES = KpiChoices()


@dataclass(frozen=True)
class Kpis:
    """The KPIs at the evening of `close_of`, over the `window_days` that end with it.

    rows: one per group; the keys, the amounts of MONEY in minor units, then the measures as
    `described.MEASURES` says them, NaN where undefined, and `not_given`: in words, why. `days` is
    the window, shortened where the group's billing began inside it.
    """

    close_of: int
    known_before: int
    window_days: int
    choices: KpiChoices
    rows: pd.DataFrame

    @property
    def title(self) -> str:
        """Both dates, the window and the choices, in words."""
        dates = dates_in_words(self.close_of, self.known_before)
        return f"{dates}, over {self.window_days} days; {self.choices.text}"


def kpis(
    ledger: Ledger,
    closing: Books,
    *keys: str,
    window_days: int = formulas.WINDOW_DAYS,
    choices: KpiChoices = NO_CHOICES,
    base: str | None = None,
    named: bool = False,
) -> Kpis:
    """Every measure per currency and the keys (of `dimensions.KEYS`), never mixing currencies.

    base: a currency, or "entity", in which all amounts are given: balances at the rates of the
    evening, what happened at those of its own day. The openings are read as `closing` is, by the
    same knowledge. Raises InputError for a window below one day or an unknown key or currency.
    """
    if window_days < 1:
        raise InputError("The window needs at least one day.")
    now = kpi_rows(closing, keys, choices, base)
    money, days = kpi_amounts(now, window_days, choices)
    after = closing.close_of - window_days
    collected, opened = collection_measures(ledger, closing, now, choices, window_days)
    money["opening_receivable"] = opened
    columns: dict[str, np.ndarray] = {**money, "days": days, **_dso(now, money, days)}
    columns |= collected | _turned(money, days)
    columns |= payment_measures(closing, now, after) | _shares(now, money)
    columns |= dispute_measures(closing, now, after, money["billed"])
    columns |= promise_measures(closing, now, after)
    table = pd.concat([now.groups, pd.DataFrame(columns)], axis=1)
    is_billed = (now.first_invoice_on < NEVER) | (money["receivable"] != 0)
    table = table.assign(
        vat=np.where(now.is_net, "excluded", "included"),
        not_given=missing_measure_reasons(now, columns, days),
    )[is_billed].reset_index(drop=True)
    table = with_names(table, now.customers) if named else table
    return Kpis(closing.close_of, closing.known_before, window_days, choices, table)


def _dso(now: KpiRows, money: dict[str, Ints], days: Ints) -> dict[str, Floats]:
    receivable, sales = money["receivable"], money["sales"]
    simple = formulas.dso_simple(receivable, sales, days)
    best = formulas.best_possible_dso(receivable - money["overdue"], sales, days)
    monthly, length, place = months_back(now)
    age = now.close_of - now.issued_on
    aged = np.zeros(monthly.shape, dtype=np.int64)
    np.add.at(aged, (now.of_invoice, place), now.owed * age)
    added = receivable + money["sold"] + money["written_off"]
    return {
        "dso_simple": simple,
        "dso_countback": formulas.dso_countback(receivable, monthly, length),
        "dso_true": formulas.true_dso(aged, monthly),
        "dso_best_possible": best,
        "dso_added_back": formulas.dso_simple(added, sales, days),
        "average_days_delinquent": formulas.average_days_delinquent(simple, best),
    }


def _turned(money: dict[str, Ints], days: Ints) -> dict[str, Floats]:
    average = (money["opening_receivable"] + money["receivable"]) / 2
    by_average = formulas.turnover(money["sales"], average, days)
    by_ending = formulas.turnover(money["sales"], money["receivable"], days)
    return {
        "turnover_average": by_average,
        "turnover_ending": by_ending,
        "collection_period_average": formulas.collection_period(by_average),
        "collection_period_ending": formulas.collection_period(by_ending),
    }


def _shares(now: KpiRows, money: dict[str, Ints]) -> dict[str, Floats]:
    owed = money["not_due"] + money["overdue"]
    bands = np.zeros((now.n, 5), dtype=np.int64)
    np.add.at(bands, (now.of_invoice, bucket_of(now.close_of - now.due_on)), now.owed)
    hhi, top = _concentration(now, owed)
    return {
        "dbt_open": formulas.days_beyond_terms_open(bands[:, 1:], owed),
        "current_percent": formulas.percent(money["not_due"], owed),
        "over_90_percent": formulas.percent(money["over_90"], owed),
        "bad_debt_percent": formulas.percent(money["written_off"], money["sales"]),
        "concentration_hhi": hhi,
        "top_10_percent": top,
    }


def _concentration(now: KpiRows, owed: Ints) -> tuple[Floats, Floats]:
    """(groups,) the index, and the percentage of the ten customers who owe most."""
    frame = pd.DataFrame(
        {"group": now.of_invoice, "customer": now.customer_code, "cents": now.owed}
    )
    each = frame.groupby(["group", "customer"], sort=True)["cents"].sum().reset_index()
    each = each[each["cents"] > 0]
    share = each["cents"] / owed[each["group"]]
    squares = (share**2 * 10_000).groupby(each["group"]).sum()
    ordered = each.sort_values(["group", "cents"], ascending=[True, False], kind="stable")
    most = ordered.groupby("group").head(TOP).groupby("group")["cents"].sum()
    every = range(now.n)
    hhi = squares.reindex(every).to_numpy(np.float64)
    return hhi, formulas.percent(most.reindex(every, fill_value=0).to_numpy(), owed)
