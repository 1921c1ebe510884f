"""The facts a ledger holds: their tables, columns, kinds and what is read when a cell is empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

ColumnKind = Literal["text", "day", "cents", "rate", "count", "flag"]
Tables = dict[str, pd.DataFrame]

TEXT = pd.StringDtype("pyarrow", na_value=np.nan)


@dataclass(frozen=True)
class Column:
    """One column of a fact table.

    kind: text · day (int64 days since 1970, NEVER = absent) · cents (int64 minor units; Int64
    when `required` is False) · rate (float64 in [0, 1] or free) · count (int64) · flag (bool).
    `default` fills an empty cell; a required column without default quarantines the row.
    since: the format of stored ledgers that has it (ADR 0021); one of a later format is optional.
    """

    name: str
    kind: ColumnKind
    required: bool = False
    default: Any = None
    since: int = 1


@dataclass(frozen=True)
class Table:
    """One kind of fact: its columns, the columns that identify a row, and its two clocks."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    happened: str
    """The column whose day says when the fact happened."""

    def column(self, name: str) -> Column:
        """The named column; raises KeyError when the table has none."""
        return next(c for c in self.columns if c.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)


def _text(name: str, *, required: bool = False, default: str | None = None) -> Column:
    return Column(name, "text", required, default)


def _day(name: str, *, required: bool = False) -> Column:
    return Column(name, "day", required)


def _later(name: str, kind: ColumnKind) -> Column:
    """A column that ledgers of format 1 lack: empty there, and no part of their sha."""
    return Column(name, kind, since=2)


RECORDED = _day("recorded_on")

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        Table(
            "entities",
            ("entity_id",),
            (
                _text("entity_id", required=True),
                _text("country"),
                _text("base_currency"),
                _text("bank_calendar"),
                RECORDED,
            ),
            happened="recorded_on",
        ),
        Table(
            "customers",
            ("customer_id",),
            (
                _text("customer_id", required=True),
                _text("name"),
                _text("parent_id"),
                _text("country"),
                _text("sector"),
                Column("is_natural_person", "flag", default=True),
                Column("is_intercompany", "flag", default=False),
                Column("is_one_time", "flag", default=False),
                _day("onboarded_on"),
                RECORDED,
                _later("language", "text"),
                _later("channel", "text"),
            ),
            happened="onboarded_on",
        ),
        Table(
            "aliases",
            ("alias_id", "valid_on"),
            (
                _text("alias_id", required=True),
                _text("customer_id", required=True),
                _day("valid_on", required=True),
                RECORDED,
            ),
            happened="valid_on",
        ),
        Table(
            "invoices",
            ("invoice_id", "instalment"),
            (
                _text("invoice_id", required=True),
                Column("instalment", "count", default=1),
                _text("customer_id", required=True),
                _text("entity_id", default="main"),
                _day("issued_on", required=True),
                _day("due_on"),
                Column("amount", "cents", required=True),
                _text("currency", required=True),
                _text("terms"),
                _text("payment_method"),
                _text("initiated_by", default="customer"),
                Column("discount_rate", "rate", default=0.0),
                Column("discount_days", "count", default=0),
                Column("withholding_rate", "rate", default=0.0),
                RECORDED,
                _later("number", "text"),
                _later("series", "text"),
                _later("fiscal_year", "text"),
                _later("order_number", "text"),
                _later("buyer_reference", "text"),
                _later("tax_amount", "cents"),
                _later("payment_currency", "text"),
                _later("insured_rate", "rate"),
                _later("delivered_on", "day"),
                _later("channel", "text"),
                _later("sent_on", "day"),
            ),
            happened="issued_on",
        ),
        Table(
            "credits",
            ("credit_id",),
            (
                _text("credit_id", required=True),
                _text("customer_id", required=True),
                _text("entity_id", default="main"),
                _text("kind", default="payment"),
                _day("happened_on", required=True),
                _day("value_on"),
                Column("amount", "cents", required=True),
                _text("currency", required=True),
                _text("reason"),
                RECORDED,
                _later("number", "text"),
                _later("earliest_on", "day"),
                _later("latest_on", "day"),
            ),
            happened="happened_on",
        ),
        Table(
            "allocations",
            ("credit_id", "invoice_id", "instalment", "happened_on"),
            (
                _text("credit_id", required=True),
                _text("invoice_id", required=True),
                Column("instalment", "count", default=1),
                Column("amount", "cents", required=True),
                Column("credit_amount", "cents"),
                _day("happened_on"),
                RECORDED,
            ),
            happened="happened_on",
        ),
        Table(
            "events",
            ("event_id",),
            (
                _text("event_id", required=True),
                _text("kind", required=True),
                _text("subject_kind"),
                _text("subject", required=True),
                Column("instalment", "count", default=1),
                _day("happened_on", required=True),
                _day("refers_on"),
                Column("amount", "cents"),
                Column("value", "rate"),
                _text("stage"),
                _text("reason"),
                _text("field"),
                _text("old"),
                _text("new"),
                RECORDED,
                _later("order_number", "text"),
                _later("order_currency", "text"),
                _later("requested_on", "day"),
                _later("language", "text"),
                _later("channel", "text"),
            ),
            happened="happened_on",
        ),
        Table(
            "attributes",
            ("customer_id", "name", "valid_on"),
            (
                _text("customer_id", required=True),
                _text("name", required=True),
                _text("value"),
                _day("valid_on"),
                RECORDED,
            ),
            happened="valid_on",
        ),
        Table(
            "rates",
            ("from", "to", "type", "valid_on"),
            (
                _text("from", required=True),
                _text("to", required=True),
                _text("type", default="spot"),
                _day("valid_on", required=True),
                Column("rate", "rate", required=True),
                RECORDED,
            ),
            happened="valid_on",
        ),
        Table(
            "applications",
            ("application_id",),
            (
                _text("application_id", required=True),
                _text("customer_id"),
                _day("applied_on", required=True),
                _text("fields"),
                _text("decision"),
                _text("outcome"),
                RECORDED,
            ),
            happened="applied_on",
        ),
    )
}
