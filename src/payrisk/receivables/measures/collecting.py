"""Collection effectiveness: by month, its mean of twelve, and the two forms of a quarter."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER
from payrisk.ledger import Books, Ledger
from payrisk.ledger.facts.segments import segment_ends
from payrisk.receivables import kpis
from payrisk.receivables.base_currency import cents_in_base
from payrisk.receivables.measures.choices import KpiChoices
from payrisk.receivables.measures.months import month_evenings
from payrisk.receivables.measures.terms import KpiRows

MONTHS = 12
QUARTER = 3


def collection_measures(
    ledger: Ledger, closing: Books, now: KpiRows, choices: KpiChoices, window_days: int
) -> tuple[dict[str, Floats], Ints]:
    """(groups,) the forms of the CEI, and what the receivable was when the window opened.

    A month ends with the evening and began with the same day of the month before. `cei_month`
    is of that month, `cei_cash_month` the same with credit notes, write-offs, offsets,
    withholdings and sales of receivables left out of what was collected, `cei_12_months` the mean
    of twelve such months (NaN unless each is defined), `cei_quarter_n3` and `cei_quarter_n1` of
    three months with their sales divided by 3 and not.
    """
    evenings = month_evenings(now.close_of, MONTHS)
    first_issued_on = int(ledger.tables["invoices"]["issued_on"].min())

    def standing(evening: int) -> EveningSums:
        """At an earlier evening by the same knowledge."""
        if evening < first_issued_on:
            return EveningSums(*[np.zeros(now.n, dtype=np.int64)] * 3)
        return sums_at_evening(ledger.balance_at(evening, closing.known_before), now, choices)

    reads = [sums_at_evening(closing, now, choices), *map(standing, evenings[1:])]
    sales = [now.sales(before, after) for after, before in itertools.pairwise(evenings)]
    monthly = [
        kpis.collection_effectiveness(then.receivable, sold, 1, end.receivable, end.not_due)
        for end, then, sold in zip(reads, reads[1:], sales, strict=False)
    ]
    first, then, quarter = reads[0], reads[1], reads[QUARTER]
    other = first.without_cash - then.without_cash - credit_notes_deducted(now, evenings[1])
    in_quarter = np.sum(sales[:QUARTER], axis=0)

    def of_quarter(divisor: int) -> Floats:
        return np.asarray(
            kpis.collection_effectiveness(
                quarter.receivable, in_quarter, divisor, first.receivable, first.not_due
            )
        )

    opening = standing(now.close_of - window_days)
    return {
        "cei_12_months": np.mean(monthly, axis=0),
        "cei_month": monthly[0],
        "cei_cash_month": kpis.collection_effectiveness(
            then.receivable, sales[0], 1, first.receivable + other, first.not_due
        ),
        "cei_quarter_n3": of_quarter(QUARTER),
        "cei_quarter_n1": of_quarter(1),
    }, opening.receivable


def credit_notes_deducted(now: KpiRows, after: int) -> Ints:
    """(groups,) credit notes that sales are already less."""
    return now.sum_credits(now.noted, now.is_note & (now.credited_on > after))


@dataclass(frozen=True)
class EveningSums:
    """(groups,) cents at one evening.

    receivable, what of it was not overdue, and `without_cash`: what had ever been taken off it by
    anything but cash.
    """

    receivable: Ints
    not_due: Ints
    without_cash: Ints


def sums_at_evening(books: Books, now: KpiRows, choices: KpiChoices) -> EveningSums:
    """How the groups of `now` stood at the evening of some books, tax taken out as in `now`."""
    p, rows = books.position, now.ledger_rows
    of_invoices, of_credits = now.exchange.at(books.close_of)

    def cents(column: Ints) -> Ints:
        own = column[rows]
        taxed = own if choices.vat == "included" else np.rint(own * now.shares)
        return cents_in_base(taxed, of_invoices)

    is_sold = p.sold_on < NEVER
    residual = cents(np.where(is_sold, 0, p.residual))
    is_overdue = (p.closed_by[rows] == 0) & (p.due_on[rows] < books.close_of)
    receivable = now.sum_invoices(residual)
    overdue = now.sum_invoices(residual, is_overdue)
    if choices.unapplied == "netted":
        free = cents_in_base(p.unapplied[now.credit_rows], of_credits)
        receivable = receivable - now.sum_credits(free) - now.sum_invoices(cents(p.excess))
    states = p.states
    other = np.zeros(len(p.residual), dtype=np.int64)
    last = np.flatnonzero(segment_ends(states.invoice))
    other[states.invoice[last]] = (states.reduction - states.cash + states.recovered)[last]
    whole = books.facts.arrays.invoices.amount
    taken = np.clip(other, 0, whole) + np.where(is_sold, p.residual, 0)
    return EveningSums(receivable, receivable - overdue, now.sum_invoices(cents(taken)))
