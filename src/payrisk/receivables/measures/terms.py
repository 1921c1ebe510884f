"""The rows that KPIs are summed from: invoices and credits of one evening, each in its group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats, Ints
from payrisk.calendar import NEVER
from payrisk.ledger import Books
from payrisk.ledger.facts.arrays import LOSS, PAYMENT, RECOVERY
from payrisk.receivables.base_currency import DatedRates, base_currencies, cents_in_base, factors
from payrisk.receivables.dimensions import checked_keys, customer_descriptions, with_keys
from payrisk.receivables.measures.choices import KpiChoices


class ExchangeFactors:
    """What the cents of each invoice and credit are multiplied by; NaN where they stay.

    `closing` and `issued` (invoices,), `credits_now` and `credited` (credits,): at the rates of
    the evening, and at those of the row's own day.
    """

    def __init__(
        self, books: Books, frame: pd.DataFrame, credits: pd.DataFrame, base: str | None
    ) -> None:
        """Of the invoices and credits of one evening; without a base all stay."""
        self._from = [f["currency"].to_numpy(dtype=object) for f in (frame, credits)]
        self.into = self._from
        nothing = [np.full(len(f), np.nan) for f in (frame, frame, credits, credits)]
        self.closing, self.issued, self.credits_now, self.credited = nothing
        self._rates = None if base is None else DatedRates(books)
        if base is None or self._rates is None:
            return
        self.into = [base_currencies(books, f["entity_id"], base) for f in (frame, credits)]
        days = (frame["issued_on"].to_numpy(np.int64), credits["happened_on"].to_numpy(np.int64))
        (self.closing, self.credits_now) = self.at(books.close_of)
        then = [
            factors(self._rates, currency, into, day)
            for currency, into, day in zip(self._from, self.into, days, strict=True)
        ]
        # before the first rate known, the evening's own is the nearest there is
        self.issued = np.where(np.isnan(then[0]), self.closing, then[0])
        self.credited = np.where(np.isnan(then[1]), self.credits_now, then[1])
        for which, now in enumerate((self.closing, self.credits_now)):
            self.into[which] = np.where(np.isnan(now), self._from[which], self.into[which])

    def at(self, evening: int) -> tuple[Floats, Floats]:
        """(invoices,) and (credits,) at the rates of an evening."""
        if self._rates is None:
            return self.closing, self.credits_now
        rates = self._rates
        invoices, credits = (
            factors(rates, own, base, np.full(len(own), evening))
            for own, base in zip(self._from, self.into, strict=True)
        )
        return invoices, credits


@dataclass(frozen=True)
class KpiRows:
    """The invoices and credits of one evening, in the currency asked for and as chosen.

    groups: the values of the keys, a row a group, sorted; `of_invoice` and `of_credit` are rows
    of it. Arrays of invoices (issued, in ledger order) and of credits (booked) are cents or days.
    `billed` is at the rate of the day of issue, `residual`, `sold` and `disputed` at that of the
    evening, credits at that of their own day. `is_net` (groups,): VAT is out of all terms.
    """

    close_of: int
    groups: pd.DataFrame
    is_net: Flags
    customers: pd.DataFrame
    ledger_rows: Ints
    credit_rows: Ints
    shares: Floats
    exchange: ExchangeFactors
    of_invoice: Ints
    customer_code: Ints
    issued_on: Ints
    due_on: Ints
    paid_on: Ints
    amount: Ints
    billed: Ints
    residual: Ints
    owed: Ints
    disputed: Ints
    sold: Ints
    of_credit: Ints
    credited_on: Ints
    nature: Ints
    is_note: Flags
    credited: Ints
    noted: Ints
    unapplied: Ints
    excess_of: Ints
    excess: Ints

    @property
    def n(self) -> int:
        """Number of groups."""
        return len(self.groups)

    def group_of_ledger_row(self, rows: Ints) -> Ints:
        """The group of invoices by their row in the ledger's table; all must be issued."""
        return self.of_invoice[np.searchsorted(self.ledger_rows, rows)]

    def sum_invoices(self, cents: np.ndarray, mask: Flags | None = None) -> Ints:
        """(groups,) the cents of the invoices added up, exactly."""
        return _sums(self.of_invoice, cents, mask, self.n)

    def sum_credits(self, cents: np.ndarray, mask: Flags | None = None) -> Ints:
        """(groups,) the cents of the credits added up, exactly."""
        return _sums(self.of_credit, cents, mask, self.n)

    @cached_property
    def first_invoice_on(self) -> Ints:
        """(groups,) day of the first invoice; NEVER where there is none."""
        day = np.full(self.n, NEVER, dtype=np.int64)
        np.minimum.at(day, self.of_invoice, self.issued_on)
        return day

    def sales(self, after: int, upto: int) -> Ints:
        """(groups,) sales of the days after `after` up to `upto`."""
        in_i = (self.issued_on > after) & (self.issued_on <= upto)
        in_c = self.is_note & (self.credited_on > after) & (self.credited_on <= upto)
        return self.sum_invoices(self.billed, in_i) - self.sum_credits(self.noted, in_c)


def _sums(group: Ints, cents: np.ndarray, mask: Flags | None, n: int) -> Ints:
    out = np.zeros(n, dtype=np.int64)
    if mask is None:
        np.add.at(out, group, cents)
    else:
        rows = np.flatnonzero(mask)
        np.add.at(out, group[rows], cents[rows])
    return out


def kpi_rows(
    books: Books, keys: Sequence[str], choices: KpiChoices, base: str | None = None
) -> KpiRows:
    """The terms of one evening by the keys (currency always among them).

    base: a currency, or "entity" for each entity's own; what no rate is known for stays in its
    own currency. Raises InputError for an unknown key or currency.
    """
    groups = checked_keys(keys)
    customers = customer_descriptions(books, groups)
    p = books.position
    frame, credits = books.invoices(), books.credits()
    rows = np.flatnonzero(p.is_issued)
    booked = np.flatnonzero(p.is_credited)
    in_currency = ExchangeFactors(books, frame, credits, base)
    frame = frame.assign(currency=in_currency.into[0])
    credits = credits.assign(currency=in_currency.into[1])
    inv_keys = with_keys(frame, groups, customers)[list(groups)]
    cred_keys = with_keys(credits, groups, customers)[list(groups)]
    coded, named = _coded(pd.concat([inv_keys, cred_keys], ignore_index=True), list(groups))
    of_invoice, of_credit = coded[: len(frame)], coded[len(frame) :]

    nature = books.facts.arrays.credits.nature[booked]
    kind = credits["kind"].to_numpy(dtype=object)
    is_note = kind == "credit_note"
    whole = credits["amount"].to_numpy(np.int64)
    whole = whole - credits["reversed"].to_numpy(np.int64) * np.sign(whole)
    free = credits["unapplied"].to_numpy(np.int64)
    taken = np.zeros(len(booked), dtype=np.int64)
    if choices.credit_notes == "netted":
        taken = np.where(is_note, whole if choices.unapplied == "netted" else whole - free, 0)

    amount = frame["amount"].to_numpy(np.int64)
    residual = frame["residual"].to_numpy(np.int64)
    is_sold = (p.sold_on[rows] < NEVER) & (p.due_on[rows] >= books.close_of)
    sold = np.where(is_sold, p.residual[rows], 0)
    disputed = frame["disputed"].to_numpy(np.int64)
    is_net = np.zeros(len(named), dtype=bool)
    billed, factor = amount, np.ones(len(rows))
    if choices.vat == "excluded":
        share, is_told, note_share, note_told = _net_of_tax(books, rows, booked)
        unknown = np.zeros(len(named), dtype=bool)
        unknown[of_invoice[~is_told]] = True
        unknown[of_credit[(taken != 0) & ~note_told]] = True
        is_net = ~unknown
        factor = np.where(is_net[of_invoice], share, 1.0)
        billed, residual, sold, disputed = (
            np.rint(cents * factor).astype(np.int64)
            for cents in (amount, residual, sold, disputed)
        )
        taken = np.rint(taken * np.where(is_net[of_credit], note_share, 1.0)).astype(np.int64)
    is_settled = frame["closed_on"].to_numpy(np.int64) < NEVER
    at_close, at_issue = in_currency.closing, in_currency.issued
    at_credit, credits_now = in_currency.credited, in_currency.credits_now
    residual = cents_in_base(residual, at_close)
    excess = p.excess[rows]
    return KpiRows(
        close_of=books.close_of,
        groups=named,
        is_net=is_net,
        customers=customers,
        ledger_rows=rows,
        credit_rows=booked,
        shares=factor,
        exchange=in_currency,
        of_invoice=of_invoice,
        customer_code=books.customer_names[0][books.facts.arrays.invoices.customer[rows]],
        issued_on=frame["issued_on"].to_numpy(np.int64),
        due_on=frame["due_on"].to_numpy(np.int64),
        paid_on=frame["paid_on"].to_numpy(np.int64),
        amount=cents_in_base(amount, at_issue),
        billed=cents_in_base(billed, at_issue),
        residual=residual,
        owed=np.where(is_settled, 0, residual),
        disputed=np.where(is_settled, 0, cents_in_base(disputed, at_close)),
        sold=cents_in_base(sold, at_close),
        of_credit=of_credit,
        credited_on=credits["happened_on"].to_numpy(np.int64),
        nature=nature,
        is_note=is_note,
        credited=cents_in_base(whole, at_credit),
        noted=cents_in_base(taken, at_credit),
        unapplied=cents_in_base(free, credits_now),
        excess_of=of_invoice[excess > 0],
        excess=cents_in_base(excess, at_close)[excess > 0],
    )


CASH, WRITTEN_OFF, RECOVERED = PAYMENT, LOSS, RECOVERY


def _coded(rows: pd.DataFrame, keys: list[str]) -> tuple[Ints, pd.DataFrame]:
    """The group of each row and the groups, sorted by their keys."""
    code = np.zeros(len(rows), dtype=np.int64)
    for key in keys:
        own, values = pd.factorize(rows[key], sort=True, use_na_sentinel=True)
        code = code * (len(values) + 1) + np.where(own < 0, len(values), own)
    _, first, of_row = np.unique(code, return_index=True, return_inverse=True)
    return of_row.reshape(len(rows)), rows.iloc[first].reset_index(drop=True)


def _net_of_tax(books: Books, rows: Ints, booked: Ints) -> tuple[Floats, Flags, Floats, Flags]:
    """Share of each invoice, and of each credit, that is no tax, and where it is known.

    A credit bears the tax of the invoices it reduces.
    """
    facts, a = books.facts.tables["invoices"], books.facts.arrays
    tax = facts["tax_amount"].to_numpy(np.float64, na_value=np.nan)
    share = 1.0 - tax / np.where(a.invoices.amount == 0, 1, a.invoices.amount)
    link = a.allocations
    weight, net = np.zeros(len(a.credits.amount)), np.zeros(len(a.credits.amount))
    is_issued = books.position.is_issued[link.invoice]
    np.add.at(weight, link.credit, np.where(is_issued, link.amount, 0))
    np.add.at(net, link.credit, np.where(is_issued, link.amount * share[link.invoice], 0.0))
    of_credit = net / np.where(weight > 0, weight, np.nan)
    is_told, is_told_of_credit = ~np.isnan(share), ~np.isnan(of_credit)
    return (
        np.nan_to_num(share, nan=1.0)[rows],
        is_told[rows],
        np.nan_to_num(of_credit, nan=1.0)[booked],
        is_told_of_credit[booked],
    )
