"""What is owed at an evening, by how late or how old it is, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from payrisk.arrays import Days
from payrisk.calendar import NEVER, iso
from payrisk.errors import InputError
from payrisk.ledger import Books
from payrisk.receivables.age_bands import AgeBands
from payrisk.receivables.agreements.plans import under_a_plan
from payrisk.receivables.agreements.promises import promised_cents
from payrisk.receivables.dimensions import (
    checked_keys,
    customer_descriptions,
    with_keys,
    with_names,
)

BANDS = AgeBands()
"""Overdue by 1-30, 31-60, 61-90 and over 90 days."""

BUCKETS = BANDS.names
"""Columns of an ordinary aging; overdue starts the day after due, over 90 means 91 and more."""

SETTLED = "settled_residuals"
"""Beside the buckets: of an invoice that counts as settled nothing is owed, however late."""

BOOKED = (SETTLED, "open", "unapplied", "net")
MEMOS = ("disputed", "promised", "planned", "paid_in_part", "on_account", "credit_notes")
"""What parts of what is owed, or of what is unapplied, are; none is taken off."""

AMOUNTS = (*BUCKETS, *BOOKED, *MEMOS)

CASH = ("payment", "recovery")


@dataclass(frozen=True)
class Aging:
    """The aged balance at the evening of `close_of`, from facts recorded before `known_before`.

    items: one row per invoice with anything left on it and per credit with anything unapplied:
    `kind` (invoice, settled residual, overpaid, or the credit's kind), document, instalment,
    credit kind, customer_id, parent_id, country, entity_id, currency, issued_on, due_on,
    days_late, bucket, promised_on, and cents: `amount` (of the document), `open`, `unapplied`,
    `disputed`, `promised`, `planned`, `paid_in_part`. Sold invoices are not in.
    customers: their names and segments, as `customer_descriptions`.
    """

    close_of: int
    known_before: int
    bands: AgeBands
    items: pd.DataFrame
    customers: pd.DataFrame

    @property
    def amounts(self) -> tuple[str, ...]:
        """Columns in minor units of every table of this aging."""
        return (*self.bands.names, *BOOKED, *MEMOS)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """One row per customer, entity and currency, in cents.

        The buckets hold what is owed (of invoices not settled), `settled_residuals` what is left
        on the books of settled ones (tolerated cents, discounts taken in time, withheld tax);
        `open` is their sum, `net` = open − `unapplied`, the control account. Memos:
        `disputed`, `promised` (not yet due to be kept), `planned` (under a plan of which parts are
        still to come) and `paid_in_part` of what is owed;
        `on_account` (cash, overpayments) and `credit_notes` (any other credit) of `unapplied`.
        """
        return self.by("customer_id", "entity_id", named=False)

    def by(self, *keys: str, named: bool = False) -> pd.DataFrame:
        """The amounts summed per currency and the given keys, sorted by them.

        keys: of `dimensions.KEYS`. named: with the customers' and parents' names beside their
        ids. Currencies are never added together. Raises InputError for an unknown key.
        """
        groups = list(checked_keys(keys))
        items = with_keys(self.items, groups, self.customers)
        columns = self._amounts(items)
        codes = items[groups].assign(**columns)
        summed = codes.groupby(groups, sort=True, observed=True, dropna=False)[list(columns)].sum()
        table = summed.reset_index()
        table = table.assign(net=table["open"] - table["unapplied"])[[*groups, *self.amounts]]
        return with_names(table, self.customers) if named else table

    def totals(self) -> pd.DataFrame:
        """One row a currency: amounts in cents, `net` equal to the ledger's control total."""
        return self.by("currency")

    def documents(self, customer_id: str | None = None, bucket: str | None = None) -> pd.DataFrame:
        """The items behind the figures, the latest first, with names; of a customer, a bucket.

        bucket: a column of `amounts`: a bucket, `settled_residuals`, `unapplied` or a memo.
        Raises InputError for any other.
        """
        items = self.items
        if customer_id is not None:
            items = items[items["customer_id"] == customer_id]
        if bucket is not None:
            of_amounts = self._amounts(items) | {"net": items["open"] - items["unapplied"]}
            if bucket not in of_amounts:
                raise InputError(
                    f"'{bucket}' is no column of this aging; use {', '.join(of_amounts)}."
                )
            items = items[np.asarray(of_amounts[bucket]) != 0]
        order = items.sort_values(
            ["due_on", "customer_id", "document", "instalment"], kind="stable"
        )
        return with_names(order.reset_index(drop=True), self.customers)

    def _amounts(self, items: pd.DataFrame) -> dict[str, Days]:
        """Every amount column of the items but `net`."""
        bucket = items["bucket"].to_numpy(dtype=object)
        opened, free = items["open"].to_numpy(np.int64), items["unapplied"].to_numpy(np.int64)
        is_cash = items["is_cash"].to_numpy(bool)
        names = (*self.bands.names, SETTLED)
        memos = {
            "disputed": items["disputed"].to_numpy(np.int64),
            "promised": items["promised"].to_numpy(np.int64),
            "planned": items["planned"].to_numpy(np.int64),
            "paid_in_part": items["paid_in_part"].to_numpy(np.int64),
            "on_account": np.where(is_cash, free, 0),
            "credit_notes": np.where(is_cash, 0, free),
        }
        cut = {name: np.where(bucket == name, opened, 0) for name in names}
        return cut | {"open": opened, "unapplied": free} | memos

    @property
    def title(self) -> str:
        """Both dates, in words, and by what it is aged where that is not the due date."""
        said = dates_in_words(self.close_of, self.known_before)
        return said if self.bands.basis == "due" else f"{said}, by date of issue"


def dates_in_words(close_of: int, known_before: int) -> str:
    """The two dates of a reading of the books, in words.

    >>> dates_in_words(0, 1)
    'at the close of 1970-01-01, known before 1970-01-02'
    """
    knowledge = f"known before {iso(known_before)}" if known_before < NEVER else "by all facts"
    return f"at the close of {iso(close_of)}, {knowledge}"


def bucket_of(days_late: Days) -> Days:
    """Index into BUCKETS of each number of days late; strictly more than 0, 30, 60, 90.

    >>> bucket_of(np.array([-3, 0, 1, 30, 31, 90, 91])).tolist()
    [0, 0, 1, 1, 2, 3, 4]
    """
    return BANDS.index_of(days_late)


def aging(books: Books, bands: AgeBands = BANDS) -> Aging:
    """Age what is owed of the books, by due date (an extension honoured) unless said otherwise.

    `Σ buckets + settled_residuals − unapplied = net` for every row, and the nets of a currency
    sum to `books.control_total()` exactly.
    """
    items = pd.concat([_debits(books, bands), _credits(books)], ignore_index=True)
    customers = customer_descriptions(books)
    items = with_keys(items, ["parent_id", "country"], customers)
    return Aging(books.close_of, books.known_before, bands, items, customers)


def _debits(books: Books, bands: AgeBands) -> pd.DataFrame:
    frame = books.invoices()
    held = frame["residual"].to_numpy(np.int64) > 0
    rows = np.flatnonzero(books.position.is_issued)[held]
    owed = frame[held]
    residual = owed["residual"].to_numpy(np.int64)
    is_settled = owed["closed_on"].to_numpy(np.int64) < NEVER
    due = owed["due_on"].to_numpy(np.int64)
    since = due if bands.basis == "due" else owed["issued_on"].to_numpy(np.int64)
    cents, day = promised_cents(books)
    names = np.array([*bands.names, SETTLED], dtype=object)
    bucket = np.where(is_settled, len(bands.names), bands.index_of(books.close_of - since))
    return pd.DataFrame(
        {
            "kind": np.where(is_settled, "settled residual", "invoice"),
            "document": owed["invoice_id"].array,
            "instalment": owed["instalment"].to_numpy(np.int64),
            "customer_id": owed["customer_id"].array,
            "entity_id": owed["entity_id"].array,
            "currency": owed["currency"].array,
            "issued_on": owed["issued_on"].to_numpy(np.int64),
            "due_on": due,
            "days_late": books.close_of - due,
            "bucket": names[bucket],
            "amount": owed["amount"].to_numpy(np.int64),
            "open": residual,
            "unapplied": np.int64(0),
            "disputed": np.where(is_settled, 0, np.minimum(owed["disputed"], residual)),
            "promised": cents[rows],
            "promised_on": day[rows],
            "planned": np.where(under_a_plan(books, owed) & ~is_settled, residual, 0),
            "paid_in_part": np.where(is_settled, 0, owed["amount"].to_numpy() - residual),
            "is_cash": False,
        }
    )


def _credits(books: Books) -> pd.DataFrame:
    """What is unapplied: each credit that has some left, each invoice that was overpaid."""
    every, over = books.credits(), books.overpaid()
    free = every[every["unapplied"] != 0]
    shared = ["customer_id", "entity_id", "currency", "amount"]
    rows = {
        "credits": free[shared].assign(
            kind=free["kind"],
            document=free["credit_id"],
            issued_on=free["happened_on"],
            unapplied=free["unapplied"],
            is_cash=free["kind"].isin(CASH),
        ),
        "overpaid": over[shared].assign(
            kind="overpaid",
            document=over["invoice_id"],
            issued_on=over["issued_on"],
            unapplied=over["excess"],
            is_cash=True,
        ),
    }
    blank = dict.fromkeys(("open", "disputed", "promised", "planned", "paid_in_part"), np.int64(0))
    frame = pd.concat(list(rows.values()), ignore_index=True).assign(
        instalment=np.int64(1), due_on=NEVER, promised_on=NEVER, bucket="", **blank
    )
    return frame.assign(is_cash=frame["is_cash"].astype(bool))
