"""What is read of a customer and its invoice beside its payments: each column and its source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints, Texts
from payrisk.calendar import NEVER, weekday
from payrisk.features import LedgerStreams, Moments
from payrisk.features.catalogue import terms as e
from payrisk.features.catalogue.feature import Feature, define_feature
from payrisk.features.computing.matrix import fill_features
from payrisk.ledger.facts.references import text_rows

ATTRIBUTE, CUSTOMER, INVOICE, GROUP = "attribute", "customer", "invoice", "group"
"""Sources: a dated attribute, the customer's own row, the invoice asked about, its group."""
SELLER = "seller"
"""A dated attribute of the entity that sells, where it is known as a company itself."""
OWN_DECISIONS = frozenset({"limit", "insured_amount", "segment", "terms", "terms_days", "blocked"})
"""What our own policy sets: it may follow the risk as well as cause it."""
TENURE = "tenure_days"
PRESENT = ("order_number", "buyer_reference", "delivered_on")
"""Order and delivery facts of an invoice, of which it counts whether they are there."""

_SETTLED_BESIDE = e.total("settled", "n", 365, "parent") - e.total("settled", "n", 365)
SIBLINGS = define_feature(
    "group__siblings__days_late__365d",
    "days",
    "Mean days late of the group's other customers' invoices settled in the last 365 days.",
    (e.total("settled", "days_late", 365, "parent") - e.total("settled", "days_late", 365))
    / _SETTLED_BESIDE,
    low=-3660.0,
    high=3660.0,
    direction=1,
)


class AttributeColumn(NamedTuple):
    """One column that the prior reads: its name, where from, and whether it holds texts."""

    name: str
    source: str
    is_text: bool

    @property
    def is_own_decision(self) -> bool:
        """Whether our own policy sets it."""
        return self.name in OWN_DECISIONS

    @property
    def feature(self) -> Feature:
        """The column as an input of a model, with the sentence that reasons use."""
        unit, kind = ("text", "text") if self.is_text else ("", "number")
        return Feature(
            f"{self.source}__{self.name}__known",
            unit,
            kind,
            f"{self.words[:1].upper()}{self.words[1:]}.",
            low=-float("inf"),
        )

    @property
    def words(self) -> str:
        """What it is and where it comes from, in words."""
        plain = self.name.replace("_", " ")
        if self.source == ATTRIBUTE:
            return f"{plain} of the customer (attribute '{self.name}')"
        if self.source == SELLER:
            return f"{plain} of the entity that sells (attribute '{self.name}')"
        if self.source == CUSTOMER:
            return f"{plain} of the customer (its own row)"
        if self.source == GROUP:
            return "mean days late of the group's other customers in the last 365 days"
        if self.name in PRESENT:
            return f"whether the invoice names its {plain}"
        return f"{plain} of the invoice"


def read_columns(
    streams: LedgerStreams,
    moments: Moments,
    columns: Sequence[AttributeColumn],
    invoices: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row a moment, one column each by its feature's name.

    Texts, '' where not known, or numbers, NaN where not known; of a customer as on the morning.
    invoices: the rows asked about, whose own columns come before the ledger's of the invoice.
    """
    member = streams.groups.names.groups_at(moments.customer, moments.as_of)
    read = {
        column.feature.name: _read(streams, moments, member, column, invoices)
        for column in columns
    }
    return pd.DataFrame(read, index=pd.RangeIndex(len(moments)))


def _read(
    streams: LedgerStreams,
    moments: Moments,
    member: Ints,
    column: AttributeColumn,
    invoices: pd.DataFrame | None,
) -> Texts | Floats:
    if column.source == CUSTOMER and column.name == TENURE:
        return _tenure(streams, moments, member)
    if column.source in (ATTRIBUTE, CUSTOMER, SELLER):
        if column.source == SELLER:
            member = _sellers(streams, moments)
        membership, names = streams.groups.texts(column.name)
        place = membership.groups_at(member, moments.as_of)
        texts: Texts = np.append(names.to_numpy(dtype=object), "")[place]
        return texts if column.is_text else _numbers(texts)
    if column.source == GROUP:
        values = np.empty((1, len(moments)), dtype=np.float32)
        fill_features(values, streams, moments, [SIBLINGS])
        return np.asarray(values[0], dtype=np.float64)
    if column.name == "terms_days":
        return np.asarray(moments.due_on - moments.issued_on, dtype=np.float64)
    if column.name == "log_amount":
        amount = np.maximum(moments.amount, 1).astype(np.float64)
        return np.asarray(np.round(np.log(amount), 4), dtype=np.float64)
    if column.name == "due_weekday":
        return np.asarray(weekday(moments.due_on), dtype=np.float64)
    values_of = _of_invoices(streams, moments, column.name, invoices)
    if column.name in PRESENT:
        return np.where(pd.isna(values_of), np.nan, values_of != "").astype(np.float64)
    return np.where(pd.isna(values_of), "", values_of).astype(object)


def _sellers(streams: LedgerStreams, moments: Moments) -> Ints:
    """(n,) the row of the customer that each invoice's entity is, too; −1 where it is none."""
    tables = streams.facts.ledger.tables
    rows = text_rows(tables["entities"]["entity_id"], tables["customers"]["customer_id"])
    return np.append(rows, -1)[moments.entity].astype(np.int64)


def _of_invoices(
    streams: LedgerStreams, moments: Moments, name: str, invoices: pd.DataFrame | None
) -> Texts:
    """(n,) a column of the invoices as texts; None for one that neither row nor ledger tells."""
    if invoices is not None and name in invoices:
        values, is_known = invoices[name].reset_index(drop=True), np.ones(len(moments), dtype=bool)
    else:
        table = streams.facts.ledger.tables["invoices"][name]
        is_known = moments.invoice >= 0
        values = table.reindex(np.where(is_known, moments.invoice, -1)).reset_index(drop=True)
    if name.endswith("_on"):
        days = pd.to_numeric(values, errors="coerce").fillna(NEVER).to_numpy()
        texts = pd.Series(np.where(days <= moments.issued_on, "yes", ""))
    else:
        texts = values.astype(object).where(values.notna(), "")
    read: Texts = texts.astype(object).where(is_known, None).to_numpy(dtype=object)
    return read


def _tenure(streams: LedgerStreams, moments: Moments, member: Ints) -> Floats:
    """(n,) days since the customer was taken on, where its row says so and was known."""
    table = streams.facts.ledger.tables["customers"]
    begun, recorded = (
        np.append(table[name].to_numpy(dtype=np.int64), NEVER)[member]
        for name in ("onboarded_on", "recorded_on")
    )
    is_known = (begun < moments.as_of) & (recorded < moments.as_of)
    return np.where(is_known, moments.as_of - begun, np.nan).astype(np.float64)


def _numbers(texts: Texts) -> Floats:
    return np.asarray(pd.to_numeric(pd.Series(texts), errors="coerce"), dtype=np.float64)
