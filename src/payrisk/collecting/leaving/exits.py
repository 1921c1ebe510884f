"""The exit list: customers with whom a year earns less than it loses, ties up and costs to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.collecting.leaving.margins import Margins
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.credit.weighing.profit import YEAR, rescale_probability
from payrisk.ledger import History
from payrisk.money import decimals
from payrisk.predictions import DefaultRisk
from payrisk.receivables.rates import KnownRates

MONEY = ("sales", "margin", "expected_loss", "carrying_cost", "collecting_cost", "result")
COLUMNS = ("customer_id", "name", "currency", *MONEY, "keeps_at_margin_percent", "would_keep")


@dataclass(frozen=True)
class ExitList:
    """rows: see COLUMNS, money in minor units of `currency`, the worst first.

    n_judged: customers with sales in the year of which all is known. not_judged: why others were
    not, with how many.
    """

    as_of: int
    currency: str
    margins: str
    rows: pd.DataFrame
    n_judged: int
    not_judged: Mapping[str, int]


@dataclass(frozen=True)
class CustomerYearFigures:
    """(k,) customers and what they did in the year before the morning, in cents of one currency.

    sales: net of tax where it is known and of credit notes. owed: what they owed on an ordinary
    day, whole invoices until settled; owed_to_terms: if they had been settled when due. asking:
    what asking them cost.
    """

    customers: pd.Index
    sales: Floats
    owed: Floats
    owed_to_terms: Floats
    asking: Floats

    @classmethod
    def of(
        cls, history: History, policy: CollectingPolicy, currency: str
    ) -> tuple[CustomerYearFigures, int]:
        """The years, and how many customers owe in a currency without a rate and are left out."""
        since = history.as_of - YEAR
        invoices, credits = history.invoices(), history.credits()
        credits = credits[(credits["kind"] == "credit_note") & (credits["happened_on"] >= since)]
        scale, credit_scale = (
            _scale(history, rows["currency"], currency) for rows in (invoices, credits)
        )
        whose = invoices["customer_id"].astype(object).to_numpy()
        unrated = set(whose[np.isnan(scale)])
        customers = pd.Index(sorted(set(whose) - unrated), dtype=object)
        code, credit_code = (
            np.asarray(customers.get_indexer(rows["customer_id"].astype(object)), dtype=np.int64)
            for rows in (invoices, credits)
        )
        amount = invoices["amount"].to_numpy(np.float64) * scale
        facts = history.facts.tables["invoices"]["tax_amount"][history.position.is_issued]
        tax = facts.to_numpy(np.float64, na_value=0.0) * scale
        issued, due, closed = (
            invoices[name].to_numpy(np.int64) for name in ("issued_on", "due_on", "closed_on")
        )
        noted = (credits["amount"] - credits["reversed"]).to_numpy(np.float64) * credit_scale
        k = len(customers)

        def owed(until: Ints) -> Floats:
            days = np.minimum(until, history.as_of) - np.maximum(issued, since)
            return _summed(code, amount * np.maximum(days, 0) / YEAR, k)

        sales = _summed(code, np.where(issued >= since, amount - tax, 0.0), k)
        return cls(
            customers,
            np.maximum(sales - _summed(credit_code, noted, k), 0.0),
            owed(closed),
            owed(np.minimum(closed, due)),
            _asked(history, policy, since, customers) * 10.0 ** decimals(currency),
        ), len(unrated)


def exit_list(
    history: History,
    risks: Mapping[str, DefaultRisk],
    margins: Margins,
    policy: CollectingPolicy,
    *,
    currency: str,
    loss_rate: float,
    names: Mapping[str, str],
) -> ExitList:
    """The customers whose margin of a year is below loss, cost of the money and cost of asking.

    Of the year before the morning: margin = rate × sales; expected loss = chance of default
    within a year × what it owes on an ordinary day × loss_rate; carrying cost = that × the
    policy's rate of money; collecting cost = its calls, reminders and plans that the ledger knows
    × their cost. Who is not in `risks`, has no margin or sold nothing in the year is not judged.
    """
    years, n_unrated = CustomerYearFigures.of(history, policy, currency)
    ids = [str(who) for who in years.customers]
    rate = np.array([_or_nan(margins.rate(who)) for who in ids])
    chance = np.array([_year_chance(risks.get(who)) for who in ids])
    margin = rate * years.sales
    loss = chance * years.owed * loss_rate
    carrying = years.owed * policy.money_rate
    result = margin - loss - carrying - years.asking
    on_time = margin - (loss_rate * chance + policy.money_rate) * years.owed_to_terms
    has_sales = years.sales > 0
    is_judged = has_sales & np.isfinite(result)
    table = pd.DataFrame(
        {
            "customer_id": ids,
            "name": [names.get(who, who) for who in ids],
            "currency": currency,
            "sales": years.sales,
            "margin": margin,
            "expected_loss": loss,
            "carrying_cost": carrying,
            "collecting_cost": years.asking,
            "result": result,
            "keeps_at_margin_percent": 100
            * np.divide(margin - result, years.sales, out=np.zeros(len(ids)), where=has_sales),
            "would_keep": [_would_keep(*values) for values in zip(margin, on_time, strict=True)],
        }
    )
    rows = table[is_judged & (result < 0)].sort_values(["result", "customer_id"], kind="stable")
    whole = rows[list(MONEY)].round().astype(np.int64)
    not_judged = {
        "no sales in the year": int((~has_sales).sum()),
        "no margin known": int((has_sales & np.isnan(rate)).sum()),
        "no chance of default known": int((has_sales & ~np.isnan(rate) & np.isnan(chance)).sum()),
        f"no rate to {currency}": n_unrated,
    }
    return ExitList(
        history.as_of,
        currency,
        margins.source,
        rows.assign(**whole).round({"keeps_at_margin_percent": 1}).reset_index(drop=True),
        int(is_judged.sum()),
        {why: n for why, n in not_judged.items() if n},
    )


def _would_keep(margin: float, on_time: float) -> str:
    """What would make a customer worth keeping, the mildest way first."""
    if on_time >= 0:
        return "paying when due"
    return "paying in advance" if margin > 0 else "higher prices alone"


def _year_chance(risk: DefaultRisk | None) -> float:
    if risk is None:
        return float("nan")
    return rescale_probability(risk.probability, risk.horizon_days, YEAR)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _summed(code: Ints, values: Floats, k: int) -> Floats:
    mine = code >= 0
    return np.bincount(code[mine], values[mine], minlength=k).astype(np.float64)


def _scale(history: History, codes: pd.Series, currency: str) -> Floats:
    """(n,) minor units of the list's currency for one of each row's own; NaN without a rate."""
    rates, factor = KnownRates(history), {currency: 1.0}
    for code in sorted(set(codes) - {currency}):
        rate = rates.rate(str(code), currency)
        factor[str(code)] = float("nan") if rate is None else rate.quote_minor_units
    return np.asarray(codes.astype(object).map(factor).to_numpy(np.float64))


def _asked(history: History, policy: CollectingPolicy, since: int, customers: pd.Index) -> Floats:
    """(k,) major units that the calls, reminders and plans of the year cost."""
    events = history.known_rows("events")
    events = events[events["kind"].isin(("reminder", "plan")) & (events["happened_on"] >= since)]
    is_call = (events["channel"].astype(object) == "telephone").to_numpy(bool)
    step = np.where(events["kind"] == "plan", "plan", np.where(is_call, "call", "reminder"))
    invoices = history.invoices().drop_duplicates("invoice_id")
    of_invoice = dict(
        zip(invoices["invoice_id"].astype(object), invoices["customer_id"], strict=True)
    )
    whose = [
        str(subject if kind == "customer" else of_invoice.get(subject, ""))
        for kind, subject in zip(events["subject_kind"], events["subject"], strict=True)
    ]
    # several invoices asked for on one day by one channel are one action
    actions = pd.DataFrame(
        {"whose": whose, "day": events["happened_on"].to_numpy(), "step": step}
    ).drop_duplicates()
    code = np.asarray(customers.get_indexer(actions["whose"]), dtype=np.int64)
    cost = actions["step"].map(dict(policy.costs)).to_numpy(np.float64)
    return _summed(code, cost, len(customers))
