"""One version of the facts as integer arrays, every reference resolved to a row number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints, Texts
from payrisk.calendar import NEVER
from payrisk.ledger.facts.kinds import CASH_KINDS, GOODWILL, SUBJECTS, opened_by_us
from payrisk.ledger.facts.references import encode_texts, instalment_rows, ranks, text_rows
from payrisk.ledger.facts.rules import SettleRules, cents_share
from payrisk.ledger.facts.tables import Tables

PAYMENT, OTHER, LOSS, RECOVERY = range(4)
"""What a movement is made of: cash, a credit that is no cash, a bad debt, a recovery."""


@dataclass(frozen=True)
class InvoiceArrays:
    """Invoices in table order; `customer` is a row of `LedgerArrays.customer_ids`."""

    customer: Ints
    issued_on: Ints
    due_on: Ints
    amount: Ints
    recorded_on: Ints
    tolerated: Ints
    discount: Ints
    discount_until: Ints
    withholding: Ints
    currency: Texts


@dataclass(frozen=True)
class CreditArrays:
    """Credits in table order; `nature` is PAYMENT, OTHER, LOSS or RECOVERY.

    is_deduction: write-offs and withholdings, which settle invoices and are nobody's to use.
    """

    customer: Ints
    happened_on: Ints
    amount: Ints
    recorded_on: Ints
    nature: Ints
    is_withholding: Flags
    is_deduction: Flags
    currency: Texts


@dataclass(frozen=True)
class AllocationArrays:
    """Which credit reduced which invoice; `credit_amount` is in the credit's currency."""

    credit: Ints
    invoice: Ints
    amount: Ints
    credit_amount: Ints
    happened_on: Ints
    recorded_on: Ints


@dataclass(frozen=True)
class EventArrays:
    """Events of one kind with the row of their subject.

    `amount` −1 = not said. is_ours: disputes that one of us opened, not the customer. place: the
    row of each in the table of events.
    """

    row: Ints
    happened_on: Ints
    recorded_on: Ints
    refers_on: Ints
    amount: Ints
    order: Ints
    is_ours: Flags
    place: Ints

    def known_by(self, known_before: int, evening: int) -> Flags:
        """Which were recorded before `known_before` and had happened by the evening."""
        return (self.recorded_on < known_before) & (self.happened_on <= evening)


@dataclass(frozen=True)
class LedgerArrays:
    """Everything `Position` needs, ready for masks and prefix sums."""

    customer_ids: pd.Series
    invoices: InvoiceArrays
    credits: CreditArrays
    allocations: AllocationArrays
    events: dict[str, EventArrays]


def _nature(kind: pd.Series, reason: pd.Series) -> tuple[Ints, Flags]:
    """What each credit is made of, and which are withholdings."""
    codes, kinds = encode_texts(kind)
    natures = [
        RECOVERY if k == "recovery" else PAYMENT if k in CASH_KINDS else OTHER for k in kinds
    ]
    nature = np.array(natures, dtype=np.int64)[codes]
    written = np.flatnonzero(np.array([k == "write_off" for k in kinds])[codes])
    nature[written[~reason.iloc[written].isin(GOODWILL).to_numpy()]] = LOSS
    return nature, np.array([k == "withholding" for k in kinds])[codes]


def _allocations(frame: pd.DataFrame, credit: Ints, invoice: Ints) -> AllocationArrays:
    held = (credit >= 0) & (invoice >= 0)  # a ledger cut at a day may hold one end only
    amount, credit_amount = frame["amount"].to_numpy(), frame["credit_amount"]
    cents = np.where(
        credit_amount.isna(), amount, credit_amount.to_numpy(dtype=np.int64, na_value=0)
    )
    return AllocationArrays(
        credit[held],
        invoice[held],
        amount[held],
        cents[held],
        frame["happened_on"].to_numpy()[held],
        frame["recorded_on"].to_numpy()[held],
    )


def _events(
    events: pd.DataFrame, row: Ints, of_subject: dict[str, Ints]
) -> dict[str, EventArrays]:
    """Events by 'kind:subject kind', those whose subject the tables hold.

    row: (n,) row of each event's subject. of_subject: the events that speak of each kind of
    subject.
    """
    kind, kinds = encode_texts(events["kind"])
    order = ranks(events["event_id"])
    happened, recorded = events["happened_on"].to_numpy(), events["recorded_on"].to_numpy()
    refers = events["refers_on"].to_numpy()
    amount = events["amount"].to_numpy(dtype=np.int64, na_value=-1)
    is_ours = opened_by_us(events)
    out: dict[str, EventArrays] = {}
    for subject, rows in of_subject.items():
        for code in np.unique(kind[rows]):
            picked = rows[(kind[rows] == code) & (row[rows] >= 0)]
            out[f"{kinds[code]}:{subject}"] = EventArrays(
                row[picked],
                happened[picked],
                recorded[picked],
                refers[picked],
                amount[picked],
                order[picked],
                is_ours[picked],
                picked,
            )
    return out


def _links_and_events(tables: Tables) -> tuple[AllocationArrays, dict[str, EventArrays]]:
    """Both at once, since what they name is looked up in the same long lists of ids."""
    links, events = tables["allocations"], tables["events"]
    (kind, kinds) = encode_texts(events["kind"])
    (subject, subjects) = encode_texts(events["subject_kind"])
    plain = np.array([name != "changed" for name in kinds])[kind]
    of_subject = {
        name: np.flatnonzero(plain & (subject == subjects.index(name)))
        for name in SUBJECTS
        if name in subjects
    }
    nothing = np.zeros(0, dtype=np.int64)
    of_invoice, of_credit = of_subject.get("invoice", nothing), of_subject.get("credit", nothing)
    n, subject_ids = len(links), events["subject"]
    row = np.full(len(events), -1, dtype=np.int64)
    credit = text_rows(
        pd.concat([links["credit_id"], subject_ids.take(of_credit)]),
        tables["credits"]["credit_id"],
    )
    invoice = instalment_rows(
        pd.concat([links["invoice_id"], subject_ids.take(of_invoice)]),
        np.append(links["instalment"].to_numpy(), events["instalment"].to_numpy()[of_invoice]),
        tables["invoices"],
    )
    row[of_credit], row[of_invoice] = credit[n:], invoice[n:]
    if "customer" in of_subject:
        row[of_subject["customer"]] = text_rows(
            subject_ids.take(of_subject["customer"]), tables["customers"]["customer_id"]
        )
    return _allocations(links, credit[:n], invoice[:n]), _events(events, row, of_subject)


def _currency(values: pd.Series) -> Texts:
    codes, words = encode_texts(values)
    return np.asarray(np.array(words, dtype=object)[codes])


def _invoices(tables: Tables, rules: SettleRules) -> InvoiceArrays:
    frame = tables["invoices"]
    amount, issued = frame["amount"].to_numpy(), frame["issued_on"].to_numpy()
    currency = _currency(frame["currency"])
    days = frame["discount_days"].to_numpy()
    return InvoiceArrays(
        text_rows(frame["customer_id"], tables["customers"]["customer_id"]),
        issued,
        frame["due_on"].to_numpy(),
        amount,
        frame["recorded_on"].to_numpy(),
        rules.tolerated(amount, currency),
        cents_share(amount, frame["discount_rate"].to_numpy()),
        np.where(days > 0, issued + days, -NEVER),
        cents_share(amount, frame["withholding_rate"].to_numpy()),
        currency,
    )


def _credits(tables: Tables) -> CreditArrays:
    frame = tables["credits"]
    nature, is_withholding = _nature(frame["kind"], frame["reason"])
    return CreditArrays(
        text_rows(frame["customer_id"], tables["customers"]["customer_id"]),
        frame["happened_on"].to_numpy(),
        frame["amount"].to_numpy(),
        frame["recorded_on"].to_numpy(),
        nature,
        is_withholding,
        is_withholding | (frame["kind"] == "write_off").to_numpy(dtype=bool),
        _currency(frame["currency"]),
    )


def resolve_arrays(
    tables: Tables, rules: SettleRules, before: tuple[Tables, LedgerArrays] | None = None
) -> LedgerArrays:
    """The tables as arrays; what a correction left alone is taken over from the tables `before`.

    A correction moves no row, so references hold from one version of the facts to the next.
    """
    old = before[1] if before else None

    def kept(name: str) -> LedgerArrays | None:
        return old if before and before[0][name] is tables[name] else None

    links, events = (
        (a.allocations, a.events)
        if (a := kept("allocations")) and kept("events")
        else _links_and_events(tables)
    )
    return LedgerArrays(
        customer_ids=tables["customers"]["customer_id"],
        invoices=a.invoices if (a := kept("invoices")) else _invoices(tables, rules),
        credits=a.credits if (a := kept("credits")) else _credits(tables),
        allocations=links,
        events=events,
    )
