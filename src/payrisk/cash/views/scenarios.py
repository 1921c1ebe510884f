"""What if: a forecast under a named change, side by side with the forecast itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.cash.forecasting.bank_days import moved_to_columns
from payrisk.cash.forecasting.forecast import CashForecast, period_totals
from payrisk.cash.views.discounts import (
    Discount,
    apply_discount,
    discount_from_text,
    finite_number,
)
from payrisk.cash.views.fx import BaseRates, base_records
from payrisk.errors import InputError
from payrisk.receivables.agreements.discount_taking import STATED_TAKEN, DiscountTaking

BASE = "base"
MOST_DAYS, MOST_PERCENT = 3650, 10_000
"""More is a slip of the finger."""
STOPPING: Mapping[str, str] = {
    "customer": "customer_id",
    "parent": "parent_id",
    "country": "country",
    "entity": "entity_id",
}
"""Who may stop paying, and the column that names them."""


@dataclass(frozen=True)
class Scenario:
    """A forecast under a change, `told` in words; rates: those of the base view, if shocked."""

    name: str
    description: str
    cash: CashForecast
    rates: BaseRates | None = None


def delay_largest(cash: CashForecast, n: int, days: int) -> CashForecast:
    """The n largest open invoices of each currency pay `days` later; beyond stays beyond."""
    if n < 1 or not 1 <= days <= MOST_DAYS:
        raise InputError(f"Slipping needs at least one invoice and 1 to {MOST_DAYS} days.")
    rest = cash.invoices["expected_from"]
    order = cash.invoices.assign(rest=rest).sort_values(
        ["rest", "invoice_id", "instalment"], ascending=[False, True, True], kind="stable"
    )
    rows = order.groupby("currency", sort=False).head(n).index.to_numpy(np.int64)
    return shift_payments(cash, rows, np.full(len(rows), days))


def slow_down(cash: CashForecast, percent: float) -> CashForecast:
    """Every payment takes `percent` longer from as_of on (negative: less long)."""
    if not -100 < percent <= MOST_PERCENT:
        raise InputError(f"Use more than -100 %, which is at once, and at most {MOST_PERCENT} %.")
    h = cash.horizon_days
    column = np.minimum(np.floor(np.arange(h) * (1 + percent / 100) + 1e-9), h).astype(np.int16)
    column = np.append(column, [h, h + 1]).astype(np.int16)
    return replace(
        cash, expected=moved_to_columns(cash.expected, column), landed=column[cash.landed]
    )


def stop_paying(cash: CashForecast, column: str, value: str) -> CashForecast:
    """A customer, parent, country or entity pays nothing any more: its cash never comes."""
    if column not in ("customer_id", "parent_id", "country", "entity_id"):
        raise InputError("Who stops paying is a customer, parent, country or entity.")
    rows = np.flatnonzero((cash.invoices[column] == value).to_numpy())
    if not len(rows):
        raise InputError(f"Nothing is open of '{value}'; name one with open invoices.")
    expected, landed = cash.expected.copy(), cash.landed.copy()
    expected[rows] = 0
    expected[rows, -1] = cash.invoices["expected_from"].to_numpy(np.int64)[rows]
    landed[:, rows] = cash.horizon_days + 1
    return replace(cash, expected=expected, landed=landed)


def shorten_terms(cash: CashForecast, days: int) -> CashForecast:
    """Invoices not yet due fall due `days` earlier (not before as_of) and are paid as much sooner.

    Assumes that payers keep their habit relative to the due day.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InputError(f"Faster terms need 1 to {MOST_DAYS} days.")
    left = cash.invoices["due_on"].to_numpy(np.int64) - cash.as_of
    rows = np.flatnonzero(left > 0)
    return shift_payments(cash, rows, -np.minimum(left[rows], days))


def shift_payments(cash: CashForecast, rows: Ints, days: Ints) -> CashForecast:
    """Some rows paid later (or sooner, never before as_of) by days of their own."""
    h = cash.horizon_days
    expected, landed = cash.expected.copy(), cash.landed.copy()
    for shift in np.unique(days).tolist():
        shifted_rows = rows[days == shift]
        column = np.append(np.clip(np.arange(h) + shift, 0, h), [h, h + 1]).astype(np.int16)
        expected[shifted_rows] = moved_to_columns(cash.expected[shifted_rows], column)
        landed[:, shifted_rows] = column[cash.landed[:, shifted_rows]]
    return replace(cash, expected=expected, landed=landed)


def without_extra_recovery(before: CashForecast, after: CashForecast) -> CashForecast:
    """The changed forecast, whose draws bring back no more of what is beyond or never than before.

    The intervals' slips are shares learned on the forecast itself: of much more cash that does
    not come, the same share would undo the change in many draws.
    """
    slips = {}
    for currency, currency_slips in after.slips.items():
        was, now = (period_totals(view, currency)[:, -2:] for view in (before, after))
        keep = np.minimum(1.0, was / np.maximum(now, 1e-9))
        share = currency_slips.share.copy()
        for column in (-2, -1):
            weight = keep[:, column, None]
            stay = np.eye(share.shape[1])[column]
            share[:, column] = weight * share[:, column] + (1 - weight) * stay
        slips[currency] = replace(currency_slips, share=share)
    return replace(after, slips=slips)


def side_by_side(
    cash: CashForecast, scenarios: Sequence[Scenario], grain: str, rates: BaseRates | None = None
) -> pd.DataFrame:
    """Flat records of the forecast and of each scenario: one row a scenario, currency and part.

    Columns scenario, then as `CashForecast.records` without cuts, then `difference` of expected
    from the forecast itself. rates: show all in the base currency (a rate shock needs it).
    """
    parts = []
    for scenario in (Scenario(BASE, "the forecast itself", cash, rates), *scenarios):
        if rates is None:
            if scenario.rates is not None:
                raise InputError("A rate shock shows in a base currency only; name one.")
            table = scenario.cash.records(grain)
        else:
            table = base_records(scenario.cash, grain, scenario.rates or rates)
        parts.append(table.assign(scenario=scenario.name))
    both = pd.concat(parts, ignore_index=True)
    key = ["currency", "part", "starts_on"]
    base = both[both["scenario"] == BASE].set_index(key)["expected"]
    both["difference"] = (
        both["expected"] - base.reindex(pd.MultiIndex.from_frame(both[key])).to_numpy()
    )
    return both[["scenario", *(c for c in both.columns if c != "scenario")]]


def scenario_from_text(
    text: str,
    cash: CashForecast,
    rates: BaseRates | None = None,
    taking: DiscountTaking | None = None,
) -> Scenario:
    """The scenario of a short text; raises InputError for one it does not know.

    taking: how customers took past discounts, for an offer whose take-up is not given.

    largest:N:DAYS · slower:PERCENT · stops:customer:ID (or parent, country, entity) ·
    fx:CURRENCY:PERCENT · discount:PERCENT:DAYS:NET[:TAKE-UP PERCENT] · terms:DAYS
    """
    scenario = _read(text, cash, rates, taking or DiscountTaking())
    return (
        scenario
        if scenario.cash is cash
        else replace(scenario, cash=without_extra_recovery(cash, scenario.cash))
    )


def _read(
    text: str, cash: CashForecast, rates: BaseRates | None, taking: DiscountTaking
) -> Scenario:
    word, *parameters = text.split(":")
    try:
        if word == "largest":
            n, days = (int(part) for part in parameters)
            description = f"the {n} largest invoices of each currency pay {days} days later"
            return Scenario(text, description, delay_largest(cash, n, days))
        if word == "slower":
            (percent,) = (finite_number(part) for part in parameters)
            return Scenario(
                text, f"every payment takes {percent:g} % longer", slow_down(cash, percent)
            )
        if word == "stops":
            kind, value = parameters[0], ":".join(parameters[1:])
            return Scenario(
                text, f"{kind} {value} stops paying", stop_paying(cash, STOPPING[kind], value)
            )
        if word == "fx":
            currency, change = parameters[0], finite_number(*parameters[1:])
            if rates is None:
                raise InputError("A rate shock shows in a base currency only; name one.")
            description = f"{currency} {change:+g} % against {rates.base}"
            return Scenario(text, description, cash, rates.shocked(currency, change))
        if word == "discount":
            offer = discount_from_text(text)
            description = (
                f"{offer.rate:.2%} off within {offer.days} days, else net {offer.net_days};"
                f" {_takers(offer, taking)};"
                f" {offer.annual_cost:.1%} a year on paper"
            )
            return Scenario(text, description, apply_discount(cash, offer, taking))
        if word == "terms":
            (days,) = (int(part) for part in parameters)
            return Scenario(text, f"terms {days} days shorter", shorten_terms(cash, days))
    except (ValueError, TypeError, KeyError, IndexError):
        pass
    raise InputError(
        "A scenario is largest:N:DAYS, slower:PERCENT, stops:customer|parent|country|entity:NAME,"
        " fx:CURRENCY:PERCENT, discount:PERCENT:DAYS:NET[:TAKE-UP] or terms:DAYS."
    )


def _takers(offer: Discount, taking: DiscountTaking) -> str:
    if offer.take_up is None and taking.n:
        return taking.sentence
    share = STATED_TAKEN if offer.take_up is None else offer.take_up
    return f"{share:.0%} of later payers take it"
