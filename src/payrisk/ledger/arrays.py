"""One version of the facts as integer arrays, every reference resolved to a row number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger.facts import CASH_KINDS, GOODWILL, Tables
from payrisk.ledger.rules import SettleRules, share_of

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

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
    """Credits in table order; `nature` is PAYMENT, OTHER, LOSS or RECOVERY."""

    customer: Ints
    happened_on: Ints
    amount: Ints
    recorded_on: Ints
    nature: Ints
    is_withholding: Flags
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
    """Events of one kind with the row of their subject; `amount` −1 = the whole."""

    row: Ints
    happened_on: Ints
    recorded_on: Ints
    refers_on: Ints
    amount: Ints
    order: Ints

    def seen(self, known: int, evening: int) -> Flags:
        """Which were recorded before the morning `known` and had happened by the `evening`."""
        return (self.recorded_on < known) & (self.happened_on <= evening)


@dataclass(frozen=True)
class LedgerArrays:
    """Everything `Position` needs, ready for masks and prefix sums."""

    customer_ids: pd.Series
    invoices: InvoiceArrays
    credits: CreditArrays
    allocations: AllocationArrays
    events: dict[str, EventArrays]


def _rows(values: pd.Series, index: pd.Index) -> Ints:
    return np.asarray(index.get_indexer(values), dtype=np.int64)


def invoice_index(invoices: pd.DataFrame) -> pd.MultiIndex:
    """The key of every invoice row."""
    return pd.MultiIndex.from_arrays([invoices["invoice_id"], invoices["instalment"]])


def invoice_rows(frame: pd.DataFrame, invoices: pd.DataFrame, column: str = "invoice_id") -> Ints:
    """Row in `invoices` of each (column, instalment) of the frame; −1 where there is none."""
    ids = pd.Index(invoices["invoice_id"].unique())
    width = int(max(invoices["instalment"].max(), frame["instalment"].max(), 0)) + 1
    own = ids.get_indexer(invoices["invoice_id"]) * width + invoices["instalment"].to_numpy()
    asked = ids.get_indexer(frame[column])
    wanted = np.where(asked < 0, -1, asked * width + frame["instalment"].to_numpy())
    return np.asarray(pd.Index(own).get_indexer(wanted), dtype=np.int64)


def _nature(credits: pd.DataFrame) -> Ints:
    kind, reason = credits["kind"], credits["reason"]
    loss = (kind == "write_off") & ~reason.isin(GOODWILL)
    nature = np.full(len(credits), OTHER, dtype=np.int64)
    nature[kind.isin(CASH_KINDS).to_numpy()] = PAYMENT
    nature[loss.to_numpy()] = LOSS
    nature[(kind == "recovery").to_numpy()] = RECOVERY
    return nature


def _allocations(tables: Tables) -> AllocationArrays:
    frame = tables["allocations"]
    credit = _rows(frame["credit_id"], pd.Index(tables["credits"]["credit_id"]))
    invoice = invoice_rows(frame, tables["invoices"])
    held = (credit >= 0) & (invoice >= 0)  # a ledger cut at a day may hold one end only
    frame = frame[held]
    return AllocationArrays(
        credit[held],
        invoice[held],
        frame["amount"].to_numpy(),
        frame["credit_amount"].fillna(frame["amount"]).to_numpy(dtype=np.int64),
        frame["happened_on"].to_numpy(),
        frame["recorded_on"].to_numpy(),
    )


def _events(tables: Tables) -> dict[str, EventArrays]:
    """Events by 'kind:subject kind', those whose subject the tables hold."""
    events = tables["events"]
    kind, subject_kind = events["kind"], events["subject_kind"]
    plain = kind != "changed"
    order = events["event_id"].rank(method="first").to_numpy(dtype=np.int64)
    index = {
        "customer": pd.Index(tables["customers"]["customer_id"]),
        "credit": pd.Index(tables["credits"]["credit_id"]),
    }
    out: dict[str, EventArrays] = {}
    for subject in ("invoice", "customer", "credit"):
        here = (plain & (subject_kind == subject)).to_numpy(dtype=bool)
        own = events[here]
        if subject == "invoice":
            row = invoice_rows(own, tables["invoices"], "subject")
        else:
            row = _rows(own["subject"], index[subject])
        for name in own["kind"].unique():
            mask = (own["kind"] == name).to_numpy() & (row >= 0)
            subset = own[mask]
            out[f"{name}:{subject}"] = EventArrays(
                row[mask],
                subset["happened_on"].to_numpy(),
                subset["recorded_on"].to_numpy(),
                subset["refers_on"].to_numpy(),
                subset["amount"].fillna(-1).to_numpy(dtype=np.int64),
                order[here][mask],
            )
    return out


def _invoices(tables: Tables, rules: SettleRules) -> InvoiceArrays:
    frame = tables["invoices"]
    amount, issued = frame["amount"].to_numpy(), frame["issued_on"].to_numpy()
    currency = frame["currency"].to_numpy(dtype=object)
    days = frame["discount_days"].to_numpy()
    return InvoiceArrays(
        _rows(frame["customer_id"], pd.Index(tables["customers"]["customer_id"])),
        issued,
        frame["due_on"].to_numpy(),
        amount,
        frame["recorded_on"].to_numpy(),
        rules.tolerated(amount, currency),
        share_of(amount, frame["discount_rate"].to_numpy()),
        np.where(days > 0, issued + days, -NEVER),
        share_of(amount, frame["withholding_rate"].to_numpy()),
        currency,
    )


def _credits(tables: Tables) -> CreditArrays:
    frame = tables["credits"]
    return CreditArrays(
        _rows(frame["customer_id"], pd.Index(tables["customers"]["customer_id"])),
        frame["happened_on"].to_numpy(),
        frame["amount"].to_numpy(),
        frame["recorded_on"].to_numpy(),
        _nature(frame),
        (frame["kind"] == "withholding").to_numpy(),
        frame["currency"].to_numpy(dtype=object),
    )


def resolve(
    tables: Tables, rules: SettleRules, before: tuple[Tables, LedgerArrays] | None = None
) -> LedgerArrays:
    """The tables as arrays; what a correction left alone is taken over from the tables `before`.

    A correction moves no row, so references hold from one version of the facts to the next.
    """
    old = before[1] if before else None

    def kept(name: str) -> LedgerArrays | None:
        return old if before and before[0][name] is tables[name] else None

    return LedgerArrays(
        customer_ids=tables["customers"]["customer_id"],
        invoices=a.invoices if (a := kept("invoices")) else _invoices(tables, rules),
        credits=a.credits if (a := kept("credits")) else _credits(tables),
        allocations=a.allocations if (a := kept("allocations")) else _allocations(tables),
        events=a.events if (a := kept("events")) else _events(tables),
    )
