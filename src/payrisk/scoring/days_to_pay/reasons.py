"""Why an invoice is expected early or late: reasons in days, in the words of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, row_sums
from payrisk.calendar import iso
from payrisk.features import DAILY
from payrisk.features.catalogue.all import DEFINED
from payrisk.features.streams import calendars
from payrisk.ledger import History
from payrisk.predictions import PaymentCurves, Reason
from payrisk.readouts import restricted_mean_days
from payrisk.receivables.days_late import SettlementHistory
from payrisk.scoring import CurveModel
from payrisk.scoring.days_to_pay.attributes.model import AttributedHazard
from payrisk.scoring.days_to_pay.attributes.reasons import attribute_days
from payrisk.scoring.days_to_pay.contributions import (
    DayContributions,
    OrdinaryInvoice,
    contribute_days,
)
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk.scoring.days_to_pay.reason_codes import DATES, PAST, TERMS, reason_code
from payrisk.scoring.feature_text import feature_sentence, format_number, is_plain

CHUNK = 256
"""Invoices explained together."""
MOST_SHOWN = 4
LEAST_SHOWN_DAYS = 0.05
"""Days that round to nothing are no reason."""
UNHEARD = 0.05
"""Weight, when a reason looks for its words, of an input that is hard to check (a covariate of a
day, or one that points nowhere) or that by its catalogue should do the opposite; squared for one
that is as in the ordinary invoice."""


@dataclass(frozen=True)
class Explanation:
    """Why an invoice is expected when it is.

    expected_days_late = ordinary_days_late + the contributions of all reasons, as read out by
    `CurveReadout.expected_days_late`. ordinary_days_late: of an invoice with the same dates and
    age to a customer in the middle, see `OrdinaryInvoice`; for the ECDF alone, to anyone.
    causes: by weight; a contribution is in days, positive = later.
    """

    ordinary_days_late: float
    causes: tuple[Reason, ...]

    @property
    def expected_days_late(self) -> float:
        """The expected days late that are explained."""
        return self.ordinary_days_late + sum(cause.contribution for cause in self.causes)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The few that are shown."""
        material = [cause for cause in self.causes if abs(cause.contribution) >= LEAST_SHOWN_DAYS]
        return tuple(material[:MOST_SHOWN])

    @property
    def other_days(self) -> float:
        """What the causes that are not shown add up to."""
        shown = sum(reason.contribution for reason in self.reasons)
        return self.expected_days_late - self.ordinary_days_late - shown


class Breakdown(NamedTuple):
    """n invoices' expected days and what they come of.

    expected: (n,) days from as_of. days: code of a reason → (n,) days it adds. words: the sentence
    of a code and a row.
    """

    expected: Floats
    days: dict[str, Floats]
    words: Callable[[str, int], str]


def explain_days(
    model: CurveModel,
    history: History,
    invoices: pd.DataFrame,
    curves: PaymentCurves | None = None,
) -> list[Explanation] | None:
    """Why each invoice is expected when it is, seen at history.as_of.

    invoices: as for the model's curves. Some dozen at a time: it takes far longer than curves.
    curves: the model's, where it was asked before. None if the model cannot tell, or if no
    invoice is known that morning to compare with.
    """
    if history.invoices().empty:
        return None
    break_down: Callable[[pd.DataFrame, Floats], Breakdown]
    if isinstance(model, DailyHazard):
        break_down = partial(_by_hazard, model, history, OrdinaryInvoice.of(model, history))
    elif isinstance(model, AttributedHazard):
        middle = OrdinaryInvoice.of(model.base, history)
        break_down = partial(_by_attributes, model, history, middle)
    elif isinstance(model, ShrunkEcdf):
        break_down = partial(_by_ecdf, model, history)
    else:
        return None
    explanations: list[Explanation] = []
    for begin in range(0, len(invoices), CHUNK):
        rows = invoices.iloc[begin : begin + CHUNK].reset_index(drop=True)
        said = (
            model.curves(history, rows)
            if curves is None
            else curves.take(np.arange(begin, begin + len(rows)))
        )
        explanations += _explanations(history, rows, break_down(rows, restricted_mean_days(said)))
    return explanations


def _explanations(
    history: History, invoices: pd.DataFrame, breakdown: Breakdown
) -> list[Explanation]:
    expected, days, words = breakdown
    late = history.as_of - invoices["due_on"].to_numpy(dtype=np.int64)
    ordinary = late + expected - sum(days.values(), np.zeros(len(late)))
    return [
        Explanation(
            float(ordinary[row]),
            tuple(
                Reason(code, words(code, row), float(days[code][row]), "ledger")
                for code in sorted(days, key=lambda code: (-abs(float(days[code][row])), code))
            ),
        )
        for row in range(len(invoices))
    ]


def _by_ecdf(
    model: ShrunkEcdf, history: History, invoices: pd.DataFrame, expected: Floats
) -> Breakdown:
    """The customer's own history against its terms, and these against the whole ledger."""
    of_terms = replace(model, uses_customer=False)
    of_ledger = replace(of_terms, uses_terms=False)
    terms, ledger = (
        restricted_mean_days(ecdf.curves(history, invoices)) for ecdf in (of_terms, of_ledger)
    )
    days = {PAST: expected - terms, TERMS: terms - ledger}
    return Breakdown(expected, days, _counted_words(history, invoices))


def _counted_words(history: History, invoices: pd.DataFrame) -> Callable[[str, int], str]:
    """The sentence of a code and a row where the settled invoices are counted alone."""
    waiting = SettlementHistory.of(history)
    n_paid = waiting.n_paid_of(pd.Index(invoices["customer_id"]))
    agreed = (invoices["due_on"] - invoices["issued_on"]).to_numpy()
    means = waiting.mean_days_late.reindex(invoices["customer_id"]).to_numpy()
    of_all = waiting.mean_days_late_of_all

    def words(code: str, row: int) -> str:
        if code == TERMS:
            days = format_number(agreed[row])
            return f"Days from the invoice's issue to its due date ({days} days)."
        if not n_paid[row]:
            return "No settled invoice of the customer is known; terms and ledger stand in."
        return (
            f"Mean days late of the customer's {n_paid[row]} invoices settled so far"
            f" ({format_number(means[row])} days; of all customers' {format_number(of_all)} days)."
        )

    return words


def _by_hazard(
    model: DailyHazard,
    history: History,
    middle: OrdinaryInvoice,
    invoices: pd.DataFrame,
    expected: Floats,
) -> Breakdown:
    """The days that the trees' inputs add, beside those of the ECDF, each by its weight.

    Which day of a span the trees choose is left with the ordinary days.
    """
    static, frozen = model.describe(history, invoices)
    codes_of = {name: reason_code(name) for name in (*model.names, *model.days)}
    shared = frozenset(name for name, code in codes_of.items() if code == DATES)
    contributions = contribute_days(model, static.values, frozen, middle, shared)
    totals = contributions.totals
    code_of = np.array(list(codes_of.values()))
    w = model.weight
    other = invoices.assign(
        customer_id=middle.customer_id, country=calendars.governing_countries(history, invoices)
    )
    words_beside = _counted_words(history, invoices)
    past, past_usual = (
        restricted_mean_days(model.ecdf.curves(history, rows)) for rows in (invoices, other)
    )
    codes = [code for code in dict.fromkeys([*codes_of.values(), PAST]) if code != DATES]
    trees = {code: w * row_sums(totals[:, code_of == code]) for code in codes}
    currencies = _currencies(history, invoices)
    days = trees | {PAST: trees[PAST] + (1.0 - w) * (past - past_usual)}

    def words(code: str, row: int) -> str:
        columns = np.flatnonzero(code_of == code)
        if 2.0 * abs(trees[code][row]) < abs(days[code][row]):  # most of it is the ECDF's
            return words_beside(code, row)
        sign = np.sign(days[code][row])
        clear = [_clarity(contributions, int(column), row, sign) for column in columns]
        column = int(columns[np.argmax(totals[row, columns] * sign * clear)])
        return _input_sentence(contributions, column, row, currencies[row])

    return Breakdown(expected, days, words)


def _by_attributes(
    model: AttributedHazard,
    history: History,
    middle: OrdinaryInvoice,
    invoices: pd.DataFrame,
    expected: Floats,
) -> Breakdown:
    """The days of the daily hazard alone, and those by which the prior moves them."""
    alone = restricted_mean_days(model.base.curves(history, invoices))
    _, days, words_of = _by_hazard(model.base, history, middle, invoices, alone)
    moved = attribute_days(model, history, invoices, expected - alone)

    def words(code: str, row: int) -> str:
        return moved.words[code][row] if code in moved.words else words_of(code, row)

    return Breakdown(expected, days | moved.days, words)


def _clarity(contributions: DayContributions, column: int, row: int, sign: float) -> float:
    """How well an input puts into words what its code adds: 1, or less for a weak witness."""
    feature = DEFINED[contributions.inputs[column]]
    day = _telling_day(contributions, column, row)
    more = contributions.values[day, column] - contributions.usual[day, column]
    if more == 0:
        return UNHEARD**2
    is_odd = feature.direction * more * sign < 0  # more of it should do the opposite
    return 1.0 if is_plain(feature) and not is_odd else UNHEARD


def _currencies(history: History, invoices: pd.DataFrame) -> list[str]:
    """The currency of each invoice's features: that its customer is mostly billed in.

    That of the invoice itself for a customer never billed before.
    """
    usual = SettlementHistory.of(history).usual_currency
    pairs = zip(invoices["customer_id"].astype(str), invoices["currency"].astype(str), strict=True)
    return [usual.get(customer, currency) for customer, currency in pairs]


def _input_sentence(contributions: DayContributions, column: int, row: int, currency: str) -> str:
    """An input's sentence with its value; for one of a day, on the day it moves the most."""
    name = contributions.inputs[column]
    day = _telling_day(contributions, column, row)
    when = f" on {iso(int(contributions.day[day]))}" if name in DAILY else ""
    value, usual = (
        float(values[day, column]) for values in (contributions.values, contributions.usual)
    )
    return feature_sentence(DEFINED[name], value, usual, when, currency)


def _telling_day(contributions: DayContributions, column: int, row: int) -> int:
    """The day on which an input moves an invoice the most, of those on which it is not usual."""
    begin, end = np.searchsorted(contributions.row, [row, row + 1])
    values, usual = (
        each[begin:end, column] for each in (contributions.values, contributions.usual)
    )
    size = np.abs(contributions.days[begin:end, column]) * np.where(values != usual, 1.0, 1e-6)
    return int(begin + np.argmax(size))
