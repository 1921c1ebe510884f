"""Insured: what an insurer would pay of each invoice owed, by the day it was delivered."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER, day_of
from payrisk.credit.insurance.insurers import InsurerTerms, terms_in_force
from payrisk.errors import InputError
from payrisk.ledger import History
from payrisk.receivables.disputes import open_disputes

COVER_DAYS = 365
"""A cover whose end nobody recorded is taken to last so long, as insurers' policies do."""

NAMES = (
    "insured_amount",
    "insured_until",
    "insured_rate",
    "insured_terms_days",
    "insured_extension_days",
    "insurer",
)
"""Attributes of a customer that say what an insurer covers, each dated."""


@dataclass(frozen=True)
class Insurers:
    """What the house's policy knows of its insurers.

    policies: as the policy file has them. otherwise: what is taken to hold where none is on file.
    vat_rates: VAT by country, for invoices that do not say theirs.
    """

    policies: tuple[InsurerTerms, ...] = ()
    otherwise: InsurerTerms = field(default_factory=InsurerTerms)
    vat_rates: Mapping[str, float] = field(default_factory=dict)

    def terms(self, name: str | None, day: int) -> InsurerTerms:
        """What holds for a customer of this insurer on a day."""
        return terms_in_force(self.policies, name, day, self.otherwise)


@dataclass(frozen=True)
class CoverOfDay:
    """What the insurer says of deliveries to a customer on one day. Money in minor units.

    limit: 0 where it was cancelled, None where nothing is covered by any limit, or no longer.
    ends_on: last day of the cover that `limit` belongs to.
    """

    limit: int | None
    ends_on: int | None
    rate: float
    terms_days: int
    extension_days: int
    insurer: InsurerTerms


class DatedAttributes:
    """What was recorded of each customer, by name, to be looked up on any day."""

    def __init__(self, history: History, names: tuple[str, ...]) -> None:
        """Read the attributes known that morning, also those that hold from a later day on."""
        table = history.known_rows("attributes")
        table = table[table["name"].isin(names) & table["value"].notna()]
        order = ["customer_id", "name", "valid_on", "recorded_on", "value"]
        rows = table.sort_values(order, kind="stable")
        self._days: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._values: dict[tuple[str, str], list[str]] = defaultdict(list)
        for customer, name, day, value in zip(
            rows["customer_id"], rows["name"], rows["valid_on"], rows["value"], strict=True
        ):
            if _is_readable(name, str(value)):
                self._days[customer, name].append(int(day))
                self._values[customer, name].append(str(value).strip())

    def customers(self, *names: str) -> set[str]:
        """Those of whom one of these was recorded."""
        return {customer for customer, name in self._days if name in names}

    def value(self, customer_id: str, name: str, day: int) -> tuple[str, int] | None:
        """The value in force on a day, and the day it holds from; None where there is none."""
        key = (customer_id, name)
        days = self._days.get(key)
        if days is None:
            return None
        place = bisect_right(days, day) - 1
        return None if place < 0 else (self._values[key][place], days[place])


def insured_customers(history: History) -> set[str]:
    """The customers of whom it was recorded by the morning that an insurer covers them."""
    return DatedAttributes(history, NAMES).customers("insured_amount", "insurer")


class InsuredBook:
    """What insurers would pay of what every customer owed on one morning.

    A cover is in the customer's usual currency and is set against invoices in that one alone
    (docs/design.md, 'Insured').
    """

    def __init__(self, history: History, insurers: Insurers, usual: Mapping[str, str]) -> None:
        """usual: customer → the currency it is mostly billed in."""
        self._history, self._insurers, self._usual = history, insurers, usual
        self._attributes = DatedAttributes(history, NAMES)

    @property
    def customers(self) -> set[str]:
        """The customers that an insurer ever covered."""
        return self._attributes.customers("insured_amount", "insurer")

    def currency_of(self, customer_id: str) -> str:
        """The currency that a customer's cover is in; '' for a customer nobody knows."""
        return self._usual.get(customer_id, "")

    def cover(self, customer_id: str, day: int) -> CoverOfDay:
        """What the insurer says of deliveries to a customer on a day."""
        value = self._attributes.value
        named = value(customer_id, "insurer", day)
        insurer = self._insurers.terms(None if named is None else named[0], day)
        amount = value(customer_id, "insured_amount", day)
        until = value(customer_id, "insured_until", day)
        limit: int | None = None
        ends_on: int | None = None
        if amount is not None:
            limit = int(float(amount[0]))
            ends_on = amount[1] + COVER_DAYS if until is None else day_of(until[0])
        elif named is not None:
            limit = insurer.discretionary_limits.get(self._usual.get(customer_id, ""))
            ends_on = NEVER if until is None else day_of(until[0])
        if ends_on is not None:
            ends_on = min(ends_on, insurer.last_on)
            limit = None if day > ends_on else limit
        rate = value(customer_id, "insured_rate", day)
        terms = value(customer_id, "insured_terms_days", day)
        extension = value(customer_id, "insured_extension_days", day)
        return CoverOfDay(
            limit,
            ends_on,
            insurer.insured_rate if rate is None else float(rate[0]),
            insurer.most_terms_days if terms is None else int(float(terms[0])),
            insurer.most_extension_days if extension is None else int(float(extension[0])),
            insurer,
        )

    def is_insured(self, customer_id: str, day: int) -> bool:
        """Whether a delivery of a day would be covered by some limit."""
        return bool(self.cover(customer_id, day).limit)

    def invoice_stopping_cover(self, customer_id: str, day: int) -> str | None:
        """The oldest invoice by which deliveries of a day are not covered; None where none is.

        It was unpaid on that day for longer than the maximum extension after its original due day.
        """
        extension = self.cover(customer_id, day).extension_days
        for due_on, ended_on, name in self._late.get(customer_id, ()):
            if due_on + extension < day <= ended_on:
                return name
        return None

    @cached_property
    def _late(self) -> dict[str, list[tuple[int, int, str]]]:
        """Customer → (original due day, last day unpaid, id) of its invoices, the oldest first."""
        rows = self._history.invoices()
        rows = rows[rows["customer_id"].isin(self.customers)]
        ended = np.minimum(rows["closed_on"], rows["sold_on"]).to_numpy(np.int64) - 1
        due = rows["original_due_on"].to_numpy(np.int64)
        late: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for customer, day, last, name in zip(
            rows["customer_id"], due, ended, rows["invoice_id"], strict=True
        ):
            if last > day:
                late[customer].append((int(day), int(last), str(name)))
        return {customer: sorted(each) for customer, each in late.items()}

    @cached_property
    def invoices(self) -> pd.DataFrame:
        """The invoices owed by insured customers in their usual currency, in order of delivery.

        Columns: those of `Books.open_invoices`, delivered_on, insurable (cents of what is owed
        that the insurer might pay a share of), covered (cents within its limit), rate, insured
        (cents it would pay) and why_not ('' where all insurable is covered).
        """
        return pd.DataFrame(list(self._covered()), columns=[*self._owed.columns, *_ADDED])

    @cached_property
    def insured_amounts(self) -> dict[str, int]:
        """Customer → minor units of its usual currency that insurers would pay."""
        total = self.invoices.groupby("customer_id")["insured"].sum()
        return {str(customer): int(cents) for customer, cents in total.items()}

    @cached_property
    def _owed(self) -> pd.DataFrame:
        rows = self._history.open_invoices()
        rows = rows[rows["customer_id"].isin(self.customers)]
        rows = rows[rows["customer_id"].map(self._usual) == rows["currency"]]
        facts = self._history.known_rows("invoices")
        more = facts[["invoice_id", "instalment", "delivered_on", "insured_rate", "tax_amount"]]
        rows = rows.merge(more, on=["invoice_id", "instalment"], how="left")
        delivered = rows["delivered_on"].astype("int64")
        rows["delivered_on"] = delivered.where(delivered < NEVER, rows["issued_on"])
        order = ["customer_id", "delivered_on", "issued_on", "invoice_id", "instalment"]
        return rows.sort_values(order, kind="stable").reset_index(drop=True)

    @cached_property
    def _contested(self) -> dict[tuple[str, int], int]:
        """(invoice, instalment) → cents that no insurer pays while they are disputed."""
        cents: dict[tuple[str, int], int] = defaultdict(int)
        for row in open_disputes(self._history).itertuples(index=False):
            cents[row.invoice_id, row.instalment] += row.amount or row.owed
        return cents

    def _covered(self) -> Iterator[list[Any]]:
        used: dict[str, int] = defaultdict(int)
        free = self._unapplied()
        rows = self._owed.to_dict("records")
        left = {}
        for place in sorted(range(len(rows)), key=lambda i: _by_due(rows[i])):
            row = rows[place]
            taken = min(free.get(row["customer_id"], 0), row["residual"])
            free[row["customer_id"]] = free.get(row["customer_id"], 0) - taken
            left[place] = row["residual"] - taken
        for place, row in enumerate(rows):
            customer, day = row["customer_id"], row["delivered_on"]
            cover = self.cover(customer, day)
            rate = row["insured_rate"]
            rate = cover.rate if pd.isna(rate) else float(rate)
            contested = self._contested.get((row["invoice_id"], row["instalment"]), 0)
            cents = max(0, left[place] - contested)
            if not cover.insurer.covers_vat:
                cents -= round(cents * self._vat_share(row))
            why_not = self._why_not(row, cover)
            room = 0 if why_not else max(0, (cover.limit or 0) - used[customer])
            covered = min(cents, room)
            if not why_not and covered < cents:
                why_not = "beyond the insurer's limit"
            used[customer] += covered
            yield [*row.values(), cents, covered, rate, round(covered * rate), why_not]

    def _why_not(self, row: Mapping[str, Any], cover: CoverOfDay) -> str:
        """Why an invoice is not covered at all; '' where it may be."""
        if cover.limit is None:
            return "no cover on the day of delivery"
        if not cover.limit:
            return "the insurer's limit was cancelled before delivery"
        if row["original_due_on"] - row["issued_on"] > cover.terms_days:
            return "terms longer than the insurer allows"
        by = self.invoice_stopping_cover(row["customer_id"], row["delivered_on"])
        return "" if by is None else f"delivered while {by} was overdue too long"

    def _vat_share(self, row: Mapping[str, Any]) -> float:
        """The share of an invoice's amount that is VAT."""
        tax, amount = row["tax_amount"], row["amount"]
        if not pd.isna(tax):
            return float(tax) / amount if amount else 0.0
        country, seller = row["country"], self._sellers.get(row["entity_id"])
        is_abroad = isinstance(seller, str) and seller[:2] != str(country)[:2]
        rate = 0.0 if is_abroad else self._insurers.vat_rates.get(str(country)[:2], 0.0)
        return rate / (1 + rate)

    @cached_property
    def _sellers(self) -> dict[str, Any]:
        entities = self._history.known_rows("entities")
        return dict(zip(entities["entity_id"], entities["country"], strict=True))

    def _unapplied(self) -> dict[str, int]:
        """Customer → what it has to its credit in its usual currency."""
        rows = self._history.credit_balances()
        rows = rows[rows["customer_id"].map(self._usual) == rows["currency"]]
        total = rows.groupby("customer_id")["unapplied"].sum().clip(lower=0)
        return {str(customer): int(cents) for customer, cents in total.items()}


_ADDED = ("insurable", "covered", "rate", "insured", "why_not")


def _by_due(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["due_on"], row["issued_on"], row["invoice_id"], row["instalment"]


def _is_readable(name: str, value: str) -> bool:
    """Whether a value is what its name says: a day, a number, or any text of an insurer's name."""
    try:
        if name == "insured_until":
            day_of(value.strip())
        elif name != "insurer":
            return float(value) >= 0 and float(value) < 1e18
    except (InputError, ValueError):
        return False
    return True
