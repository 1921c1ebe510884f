"""Which columns of a ledger a prior may read: dated ones, those allowed by name, and no ids."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.features.catalogue.undated import OF_ROWS
from payrisk.ledger import History
from payrisk.scoring.days_to_pay.attributes.columns import (
    ATTRIBUTE,
    CUSTOMER,
    GROUP,
    INVOICE,
    PRESENT,
    SELLER,
    TENURE,
    AttributeColumn,
)

INVOICE_TEXTS = ("payment_method", "initiated_by", "entity_id")
TERMS = "terms_days"
INVOICE_NUMBERS = (TERMS, "log_amount", "due_weekday")
GROUPS = frozenset({"parent"})
"""Attributes that name a group: its past is read, not its name."""
MOSTLY = 0.95
"""Share of an attribute's values that must be numbers for it to be one."""
LEAST_INVOICES = 20
"""Invoices a value, in the mean, from which the texts of an invoice are read."""
FEW = 10
"""Distinct values up to which numbers are read as categories."""


class ReadableColumns(NamedTuple):
    """What a prior reads of a ledger; refused: attributes without date history, not allowed."""

    columns: tuple[AttributeColumn, ...]
    refused: tuple[str, ...]


def readable_columns(history: History, allowed: Collection[str] = ()) -> ReadableColumns:
    """The columns that tell customers or invoices apart, as known on the morning.

    Attributes whose every value came with the same import, as `undated` finds them, only where
    allowed by name. A column with one value, or hardly two customers a value, is not read.
    """
    every = history.ledger.tables["attributes"]
    rows = every[(every["recorded_on"] < history.as_of) | every["name"].isin(list(allowed))]
    dated, refused = _of_attributes(rows, allowed)
    named = {column.name for column in dated} | set(refused)
    columns = (
        *dated,
        *_of_sellers(history, rows, dated),
        *_of_customers(history, named, has_groups=bool((rows["name"] == "parent").any())),
        *_of_invoices(history),
    )
    return ReadableColumns(columns, refused)


def _of_attributes(rows: pd.DataFrame, allowed: Collection[str]) -> ReadableColumns:
    columns: list[AttributeColumn] = []
    refused: list[str] = []
    for name, values in rows.groupby("name", sort=True):
        name = str(name)
        if name in GROUPS or not _tells_apart(values.drop_duplicates("customer_id", keep="last")):
            continue
        if name not in allowed and _is_undated(values):
            refused.append(name)
            continue
        columns.append(AttributeColumn(name, ATTRIBUTE, is_text=not _is_number(values["value"])))
    return ReadableColumns(tuple(columns), tuple(refused))


def _of_sellers(
    history: History, rows: pd.DataFrame, dated: Sequence[AttributeColumn]
) -> Iterator[AttributeColumn]:
    """The numbers of the entities that sell, where these are known as companies themselves."""
    sellers = rows[rows["customer_id"].isin(history.known_rows("entities")["entity_id"])]
    if len(sellers["customer_id"].unique()) <= FEW:
        return
    for column in dated:
        if not (column.is_text or column.is_own_decision):
            yield AttributeColumn(column.name, SELLER, is_text=False)


def _of_customers(
    history: History, named: Collection[str], *, has_groups: bool
) -> Iterator[AttributeColumn]:
    customers = history.known_rows("customers")
    for name in OF_ROWS:
        values = customers[["customer_id"]].assign(value=customers[name])
        if name not in named and _tells_apart(values):
            yield AttributeColumn(name, CUSTOMER, is_text=True)
    if (customers["onboarded_on"] < NEVER).any():
        yield AttributeColumn(TENURE, CUSTOMER, is_text=False)
    if has_groups or customers["parent_id"].notna().any():
        yield AttributeColumn("siblings", GROUP, is_text=False)


def _of_invoices(history: History) -> Iterator[AttributeColumn]:
    invoices = history.known_rows("invoices")
    for name in INVOICE_TEXTS:
        if 1 < len(invoices[name].dropna().unique()) <= len(invoices) / LEAST_INVOICES:
            yield AttributeColumn(name, INVOICE, is_text=True)
    for name in PRESENT:
        is_day = pd.api.types.is_numeric_dtype(invoices[name])
        is_there = invoices[name] < NEVER if is_day else invoices[name].notna()
        if 0 < is_there.mean() < 1:
            yield AttributeColumn(name, INVOICE, is_text=False)
    terms = invoices["due_on"] - invoices["issued_on"]
    for name in INVOICE_NUMBERS:
        if name != TERMS or len(terms.unique()) > 1:
            yield AttributeColumn(name, INVOICE, is_text=False)


def _is_undated(values: pd.DataFrame) -> bool:
    """Whether most first values came on one day and none says when it began."""
    if (values["valid_on"] != values["recorded_on"]).any():
        return False
    first = values.groupby("customer_id")["recorded_on"].min()
    return 2 * int(first.value_counts().iloc[0]) > len(first)


def _is_number(values: pd.Series) -> bool:
    texts = values.dropna().astype(str)
    numbers = pd.to_numeric(texts, errors="coerce")
    return bool(numbers.notna().mean() >= MOSTLY and numbers.nunique() > FEW)


def _tells_apart(values: pd.DataFrame) -> bool:
    """Whether values differ, and are numbers or shared by customers."""
    known = values["value"].replace("", np.nan).dropna()
    n = known.nunique()
    return n > 1 and (_is_number(known) or 2 * n <= len(known))
