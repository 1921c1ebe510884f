"""What receivables are cut by: customer, parent, country, segment, entity and currency."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from payrisk.errors import InputError
from payrisk.ledger import Books

OF_CUSTOMERS = ("parent_id", "country", "segment")
"""Keys that follow from the customer."""

KEYS = ("customer_id", "entity_id", "currency", *OF_CUSTOMERS)


def checked_keys(keys: Sequence[str], allowed: Sequence[str] = KEYS) -> tuple[str, ...]:
    """The keys with `currency` last, each once; raises InputError for an unknown one."""
    unknown = sorted(set(keys) - set(allowed))
    if unknown:
        raise InputError(
            f"Receivables cannot be grouped by '{unknown[0]}'; use {', '.join(allowed)}."
        )
    return (*(key for key in dict.fromkeys(keys) if key != "currency"), "currency")


def customer_descriptions(books: Books, keys: Sequence[str] = OF_CUSTOMERS) -> pd.DataFrame:
    """The customers known, indexed by customer_id: `name` and the `keys` asked for."""
    frame = books.customers().set_index("customer_id")
    if "segment" in keys:
        frame = frame.assign(segment=books.attribute("segment").reindex(frame.index))
    return frame[["name", *(key for key in keys if key in OF_CUSTOMERS)]]


def with_keys(rows: pd.DataFrame, keys: Sequence[str], customers: pd.DataFrame) -> pd.DataFrame:
    """The rows with each key that follows from their `customer_id`, where they lack it.

    customers: as `customer_descriptions`. A customer without a row there is its own parent.
    """
    missing = [key for key in keys if key in OF_CUSTOMERS and key not in rows.columns]
    if not missing:
        return rows
    place = customers.index.get_indexer(pd.Index(rows["customer_id"]))
    found = {key: customers[key].array.take(place, allow_fill=True) for key in missing}
    out = rows.assign(**found)
    if "parent_id" in missing:
        out["parent_id"] = out["parent_id"].fillna(out["customer_id"])
    return out


def with_names(table: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """The table with a name beside each customer's and parent's id."""
    out = table
    for key in ("customer_id", "parent_id"):
        if key in out.columns:
            place = customers.index.get_indexer(pd.Index(out[key]))
            name = customers["name"].array.take(place, allow_fill=True)
            out = out.copy()
            out.insert(out.columns.get_loc(key) + 1, key.replace("_id", "_name"), name)
    return out
