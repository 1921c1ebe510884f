"""Facts as generic CSV files: ISO dates, decimal major units, as `payrisk import` reads them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from payrisk.ledger.facts.tables import TABLES, Tables
from payrisk.ledger.stored.canonical_bytes import stored_columns
from payrisk.money import decimals
from payrisk.simulate.world.texts import dates


def write_csv(tables: Tables, folder: Path) -> list[Path]:
    """One file a table that has rows, with the preset `generic`'s column names.

    Amounts of allocations and events have no currency of their own in the facts; their files say
    it in further columns. Returns the files written. Raises OSError where it cannot write.
    """
    folder.mkdir(parents=True, exist_ok=True)
    spoken = _currencies(tables)
    written = []
    for name in TABLES:
        frame = tables[name]
        if not len(frame):
            continue
        currencies = (
            {"currency": frame["currency"]} if "currency" in frame else spoken.get(name, {})
        )
        columns = {}
        for column in stored_columns(name, frame):
            values = frame[column.name]
            if column.kind == "cents":
                of = "credit_currency" if column.name == "credit_amount" else "currency"
                columns[column.name] = decimal_texts(values, currencies[of])
            elif column.kind == "day":
                columns[column.name] = dates(values)
            else:
                columns[column.name] = pa.array(values, from_pandas=True)
        for extra in set(currencies) - set(columns):
            columns[extra] = pa.array(currencies[extra], from_pandas=True)
        path = folder / f"{name}.csv"
        csv.write_csv(pa.table(columns), path)
        written.append(path)
    return written


def decimal_texts(cents: pd.Series, currency: pd.Series) -> pa.Array:
    """Minor units as decimal text in the currency's own number of decimals; null stays null.

    >>> decimal_texts(pd.Series([-123456, 5, 70]), pd.Series(["EUR", "EUR", "JPY"])).to_pylist()
    ['-1234.56', '0.05', '70']
    """
    units = pa.array(cents, from_pandas=True).cast(pa.int64())
    sign = pc.if_else(pc.less(units, 0), "-", "")
    n_decimals = currency.map({c: decimals(c) for c in currency.unique()})
    out = pa.nulls(len(units), pa.string())
    for digits in sorted(map(int, n_decimals.unique())):
        scale = 10**digits
        whole = pc.divide(pc.abs(units), scale)
        text = whole.cast(pa.string())
        if digits:
            rest = pc.subtract(pc.abs(units), pc.multiply(whole, scale)).cast(pa.string())
            text = pc.binary_join_element_wise(text, pc.utf8_lpad(rest, digits, "0"), ".")
        here = pa.array((n_decimals == digits).to_numpy())
        out = pc.if_else(here, pc.binary_join_element_wise(sign, text, ""), out)
    return out


def _currencies(tables: Tables) -> dict[str, dict[str, pd.Series]]:
    """The currencies of amounts whose facts do not name one, by table and column."""
    invoices, credits = tables["invoices"], tables["credits"]
    of_invoice = invoices.drop_duplicates("invoice_id").set_index("invoice_id")["currency"]
    of_credit = credits.set_index("credit_id")["currency"]
    owed = invoices.drop_duplicates("customer_id").set_index("customer_id")["currency"]
    paid = credits.drop_duplicates("customer_id").set_index("customer_id")["currency"]
    of_customer = owed.combine_first(paid)
    links, events = tables["allocations"], tables["events"]
    of_event = events["subject"].map(of_customer).fillna("EUR")
    for kind, of_subject in (("invoice", of_invoice), ("credit", of_credit)):
        is_of_kind = events["subject_kind"] == kind
        of_event = of_event.where(~is_of_kind, events["subject"].map(of_subject))
    if "order_currency" in events:
        of_event = events["order_currency"].where(events["order_currency"].notna(), of_event)
    return {
        "allocations": {
            "currency": links["invoice_id"].map(of_invoice),
            "credit_currency": links["credit_id"].map(of_credit),
        },
        "events": {"currency": of_event},
    }
